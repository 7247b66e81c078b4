-- CreateEnum
CREATE TYPE "friend_request_state" AS ENUM ('open', 'unheard', 'withdrawn');

-- CreateTable
CREATE TABLE "friendship" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "friend_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "friendship_pkey" PRIMARY KEY ("environment_id","player_id","friend_id")
);

-- CreateTable
CREATE TABLE "friend_request" (
    "environment_id" UUID NOT NULL,
    "from_id" UUID NOT NULL,
    "to_id" UUID NOT NULL,
    "state" "friend_request_state" NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "friend_request_pkey" PRIMARY KEY ("environment_id","from_id","to_id")
);

-- CreateTable
CREATE TABLE "player_block" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "blocked_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "player_block_pkey" PRIMARY KEY ("environment_id","player_id","blocked_id")
);

-- CreateIndex
CREATE INDEX "friendship_environment_id_player_id_created_at_friend_id_idx" ON "friendship"("environment_id", "player_id", "created_at", "friend_id");

-- CreateIndex
CREATE INDEX "friendship_environment_id_friend_id_idx" ON "friendship"("environment_id", "friend_id");

-- CreateIndex
CREATE INDEX "friend_request_environment_id_from_id_created_at_to_id_idx" ON "friend_request"("environment_id", "from_id", "created_at", "to_id");

-- CreateIndex
CREATE INDEX "friend_request_environment_id_to_id_created_at_from_id_idx" ON "friend_request"("environment_id", "to_id", "created_at", "from_id");

-- CreateIndex
CREATE INDEX "friend_request_expires_at_idx" ON "friend_request"("expires_at");

-- CreateIndex
CREATE INDEX "player_block_environment_id_player_id_created_at_blocked_id_idx" ON "player_block"("environment_id", "player_id", "created_at", "blocked_id");

-- CreateIndex
CREATE INDEX "player_block_environment_id_blocked_id_idx" ON "player_block"("environment_id", "blocked_id");

-- AddForeignKey
ALTER TABLE "friendship" ADD CONSTRAINT "friendship_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "friendship" ADD CONSTRAINT "friendship_environment_id_friend_id_fkey" FOREIGN KEY ("environment_id", "friend_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "friend_request" ADD CONSTRAINT "friend_request_environment_id_from_id_fkey" FOREIGN KEY ("environment_id", "from_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "friend_request" ADD CONSTRAINT "friend_request_environment_id_to_id_fkey" FOREIGN KEY ("environment_id", "to_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_block" ADD CONSTRAINT "player_block_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_block" ADD CONSTRAINT "player_block_environment_id_blocked_id_fkey" FOREIGN KEY ("environment_id", "blocked_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- It takes two
ALTER TABLE "friendship" ADD CONSTRAINT "friendship_two_check" CHECK ("player_id" <> "friend_id");
ALTER TABLE "friend_request" ADD CONSTRAINT "friend_request_two_check" CHECK ("from_id" <> "to_id");
ALTER TABLE "player_block" ADD CONSTRAINT "player_block_two_check" CHECK ("player_id" <> "blocked_id");

-- The second wall between tenants
SELECT wall_tenant_tables();

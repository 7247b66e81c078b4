-- The names of before keep null here, of which there may be many: the upkeep of accounts draws their skeletons,
-- and where two of them look alike the younger one keeps its id in the place of a skeleton.
ALTER TABLE "player" ADD COLUMN     "username_skeleton" TEXT;

-- AlterTable
ALTER TABLE "signing_key" ADD COLUMN     "signs_from" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "verifies_until" TIMESTAMPTZ(6);

-- A key of before has signed since it was made.
UPDATE "signing_key" SET "signs_from" = "created_at";

-- CreateTable
CREATE TABLE "player_known_device" (
    "environment_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "player_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "player_known_device_pkey" PRIMARY KEY ("environment_id","token_hash")
);

-- CreateTable
CREATE TABLE "ended_session" (
    "id" UUID NOT NULL,
    "ended_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ended_session_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "player_known_device_environment_id_player_id_idx" ON "player_known_device"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "player_known_device_last_used_at_idx" ON "player_known_device"("last_used_at");

-- CreateIndex
CREATE INDEX "ended_session_ended_at_idx" ON "ended_session"("ended_at");

-- CreateIndex
CREATE UNIQUE INDEX "player_environment_id_username_skeleton_key" ON "player"("environment_id", "username_skeleton");

-- AddForeignKey
ALTER TABLE "player_known_device" ADD CONSTRAINT "player_known_device_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

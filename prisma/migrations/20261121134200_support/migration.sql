-- CreateTable
CREATE TABLE "player_ban" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "public_reason" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "ends_at" TIMESTAMPTZ(6),
    "banned_by_kind" TEXT NOT NULL,
    "banned_by_id" TEXT,
    "lifted_at" TIMESTAMPTZ(6),
    "lifted_by_kind" TEXT,
    "lifted_by_id" TEXT,
    "lift_reason" TEXT,

    CONSTRAINT "player_ban_pkey" PRIMARY KEY ("environment_id","id")
);
CREATE INDEX "player_ban_environment_id_player_id_created_at_idx" ON "player_ban"("environment_id", "player_id", "created_at");
ALTER TABLE "player_ban" ADD CONSTRAINT "player_ban_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "player_note" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "author_kind" TEXT NOT NULL,
    "author_id" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "player_note_pkey" PRIMARY KEY ("environment_id","id")
);
CREATE INDEX "player_note_environment_id_player_id_id_idx" ON "player_note"("environment_id", "player_id", "id");
ALTER TABLE "player_note" ADD CONSTRAINT "player_note_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "password_reset_demand" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "demanded_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "password_reset_demand_pkey" PRIMARY KEY ("environment_id","player_id")
);
ALTER TABLE "password_reset_demand" ADD CONSTRAINT "password_reset_demand_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Support looks players up by how their name or address begins. Compared byte by byte, the unique indexes serve that
-- in any locale.
ALTER TABLE "player" ALTER COLUMN "username_key" TYPE TEXT COLLATE "C";
ALTER TABLE "player_email" ALTER COLUMN "email_key" TYPE TEXT COLLATE "C";

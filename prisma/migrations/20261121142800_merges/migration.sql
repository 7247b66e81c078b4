-- CreateEnum
CREATE TYPE "merge_state" AS ENUM ('merged', 'undone', 'final');

-- CreateTable
CREATE TABLE "player_merge" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "merged_player_id" UUID NOT NULL,
    "state" "merge_state" NOT NULL DEFAULT 'merged',
    "memory" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "undo_until" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "player_merge_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateIndex
CREATE INDEX "player_merge_environment_id_player_id_idx" ON "player_merge"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "player_merge_environment_id_merged_player_id_idx" ON "player_merge"("environment_id", "merged_player_id");

-- CreateIndex
CREATE INDEX "player_merge_state_undo_until_idx" ON "player_merge"("state", "undo_until");

-- AddForeignKey
ALTER TABLE "player_merge" ADD CONSTRAINT "player_merge_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

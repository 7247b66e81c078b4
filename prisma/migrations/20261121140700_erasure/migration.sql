-- CreateEnum
CREATE TYPE "export_state" AS ENUM ('pending', 'ready', 'failed');

-- CreateEnum
CREATE TYPE "erasure_state" AS ENUM ('pending', 'done');

-- AlterTable
ALTER TABLE "player" ADD COLUMN     "closed_reason" TEXT;

-- CreateTable
CREATE TABLE "player_export" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "state" "export_state" NOT NULL DEFAULT 'pending',
    "requested_by" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "ready_at" TIMESTAMPTZ(6),
    "expires_at" TIMESTAMPTZ(6),
    "size" BIGINT,
    "sha256" BYTEA,

    CONSTRAINT "player_export_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "erasure" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "state" "erasure_state" NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "erased_at" TIMESTAMPTZ(6),
    "verified_at" TIMESTAMPTZ(6),
    "receipt" TEXT,

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateIndex
CREATE INDEX "player_export_environment_id_player_id_idx" ON "player_export"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "player_export_state_due_at_idx" ON "player_export"("state", "due_at");

-- CreateIndex
CREATE UNIQUE INDEX "erasure_token_hash_key" ON "erasure"("token_hash");

-- CreateIndex
CREATE INDEX "erasure_environment_id_player_id_idx" ON "erasure"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "erasure_state_due_at_idx" ON "erasure"("state", "due_at");

-- AddForeignKey
ALTER TABLE "player_export" ADD CONSTRAINT "player_export_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "erasure" ADD CONSTRAINT "erasure_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateEnum
CREATE TYPE "save_format_run_kind" AS ENUM ('dry', 'apply');

-- CreateEnum
CREATE TYPE "save_format_run_state" AS ENUM ('running', 'paused', 'cancelled', 'done', 'failed');

-- CreateEnum
CREATE TYPE "save_format_finding_kind" AS ENUM ('failed', 'sample');

-- CreateTable
CREATE TABLE "save_format_step" (
    "environment_id" UUID NOT NULL,
    "from_version" INTEGER NOT NULL,
    "revision" INTEGER NOT NULL,
    "source" TEXT,
    "hash" BYTEA,
    "note" TEXT NOT NULL,
    "applied_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "save_format_step_pkey" PRIMARY KEY ("environment_id","from_version","revision")
);

-- CreateTable
CREATE TABLE "save_format_run" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" "save_format_run_kind" NOT NULL,
    "state" "save_format_run_state" NOT NULL DEFAULT 'running',
    "schema_version" INTEGER NOT NULL,
    "steps" JSONB NOT NULL,
    "per_second" INTEGER NOT NULL,
    "samples" INTEGER NOT NULL,
    "position" JSONB,
    "report" JSONB NOT NULL,
    "turn" INTEGER NOT NULL DEFAULT 0,
    "leased_until" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "setbacks" INTEGER NOT NULL DEFAULT 0,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "save_format_run_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "save_format_finding" (
    "environment_id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "save_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "schema_version" INTEGER NOT NULL,
    "kind" "save_format_finding_kind" NOT NULL,
    "detail" JSONB NOT NULL,

    CONSTRAINT "save_format_finding_pkey" PRIMARY KEY ("environment_id","run_id","player_id","save_id","version")
);

-- CreateIndex
CREATE INDEX "save_format_run_state_leased_until_idx" ON "save_format_run"("state", "leased_until");

-- CreateIndex
CREATE INDEX "save_format_finding_environment_id_player_id_idx" ON "save_format_finding"("environment_id", "player_id");

-- AddForeignKey
ALTER TABLE "save_format_step" ADD CONSTRAINT "save_format_step_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_format_run" ADD CONSTRAINT "save_format_run_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_format_finding" ADD CONSTRAINT "save_format_finding_environment_id_run_id_fkey" FOREIGN KEY ("environment_id", "run_id") REFERENCES "save_format_run"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_format_finding" ADD CONSTRAINT "save_format_finding_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The second wall between tenants
SELECT wall_tenant_tables();

-- CreateEnum
CREATE TYPE "rating_system" AS ENUM ('weng_lin', 'glicko2');

-- CreateEnum
CREATE TYPE "rating_reporter" AS ENUM ('server', 'players');

-- CreateTable
CREATE TABLE "player_rating" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "rating" TEXT NOT NULL,
    "system" "rating_system" NOT NULL,
    "mean" DOUBLE PRECISION NOT NULL,
    "uncertainty" DOUBLE PRECISION NOT NULL,
    "volatility" DOUBLE PRECISION,
    "standing" DOUBLE PRECISION NOT NULL,
    "matches" INTEGER NOT NULL DEFAULT 0,
    "last_match_at" TIMESTAMPTZ(6),

    CONSTRAINT "player_rating_pkey" PRIMARY KEY ("environment_id","rating","player_id")
);

-- CreateTable
CREATE TABLE "rating_result" (
    "environment_id" UUID NOT NULL,
    "rating" TEXT NOT NULL,
    "match_id" TEXT NOT NULL,
    "system" "rating_system" NOT NULL,
    "digest" BYTEA NOT NULL,
    "reported_by" "rating_reporter" NOT NULL,
    "rated_at" TIMESTAMPTZ(6) NOT NULL,
    "predicted" DOUBLE PRECISION[],
    "observed" DOUBLE PRECISION[],

    CONSTRAINT "rating_result_pkey" PRIMARY KEY ("environment_id","rating","match_id")
);

-- CreateTable
CREATE TABLE "rating_change" (
    "environment_id" UUID NOT NULL,
    "rating" TEXT NOT NULL,
    "match_id" TEXT NOT NULL,
    "player_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "team" INTEGER NOT NULL,
    "rank" INTEGER NOT NULL,
    "mean_before" DOUBLE PRECISION NOT NULL,
    "uncertainty_before" DOUBLE PRECISION NOT NULL,
    "volatility_before" DOUBLE PRECISION,
    "mean" DOUBLE PRECISION NOT NULL,
    "uncertainty" DOUBLE PRECISION NOT NULL,
    "volatility" DOUBLE PRECISION,
    "rated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "rating_change_pkey" PRIMARY KEY ("environment_id","rating","match_id","player_id")
);

-- CreateTable
CREATE TABLE "rating_report" (
    "environment_id" UUID NOT NULL,
    "rating" TEXT NOT NULL,
    "match_id" TEXT NOT NULL,
    "player_id" UUID NOT NULL,
    "line_up" BYTEA NOT NULL,
    "digest" BYTEA NOT NULL,
    "team" INTEGER NOT NULL,
    "rank" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "rating_report_pkey" PRIMARY KEY ("environment_id","rating","match_id","player_id")
);

-- CreateIndex
CREATE INDEX "player_rating_environment_id_player_id_idx" ON "player_rating"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "player_rating_environment_id_rating_system_standing_player__idx" ON "player_rating"("environment_id", "rating", "system", "standing" DESC, "player_id");

-- CreateIndex
CREATE INDEX "rating_result_environment_id_rating_system_rated_at_idx" ON "rating_result"("environment_id", "rating", "system", "rated_at");

-- CreateIndex
CREATE INDEX "rating_change_environment_id_player_id_rating_number_idx" ON "rating_change"("environment_id", "player_id", "rating", "number" DESC);

-- CreateIndex
CREATE INDEX "rating_report_environment_id_player_id_idx" ON "rating_report"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "rating_report_created_at_idx" ON "rating_report"("created_at");

-- AddForeignKey
ALTER TABLE "player_rating" ADD CONSTRAINT "player_rating_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rating_result" ADD CONSTRAINT "rating_result_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rating_change" ADD CONSTRAINT "rating_change_environment_id_rating_match_id_fkey" FOREIGN KEY ("environment_id", "rating", "match_id") REFERENCES "rating_result"("environment_id", "rating", "match_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rating_change" ADD CONSTRAINT "rating_change_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rating_report" ADD CONSTRAINT "rating_report_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The second wall between tenants
SELECT wall_tenant_tables();

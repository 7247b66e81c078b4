-- CreateEnum
CREATE TYPE "tier_name" AS ENUM ('free', 'pro', 'enterprise');

-- AlterTable
ALTER TABLE "save_slot" ADD COLUMN     "replaced_size" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "stored_size" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "subscription" (
    "organization_id" UUID NOT NULL,
    "tier" "tier_name" NOT NULL DEFAULT 'free',
    "status" TEXT NOT NULL DEFAULT 'active',
    "since" TIMESTAMPTZ(6) NOT NULL,
    "provider" TEXT NOT NULL DEFAULT 'ledger',
    "provider_customer_id" TEXT,
    "provider_subscription_id" TEXT,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "subscription_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "spend_cap" (
    "organization_id" UUID NOT NULL,
    "cap_minor" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "spend_cap_pkey" PRIMARY KEY ("organization_id")
);

-- CreateTable
CREATE TABLE "contract" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "overrides" JSONB NOT NULL,
    "price_minor" INTEGER,
    "valid_from" TIMESTAMPTZ(6) NOT NULL,
    "valid_until" TIMESTAMPTZ(6),
    "written_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "contract_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "active_player" (
    "environment_id" UUID NOT NULL,
    "month" DATE NOT NULL,
    "player_id" UUID NOT NULL,
    "first_seen_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "active_player_pkey" PRIMARY KEY ("environment_id","month","player_id")
);

-- CreateTable
CREATE TABLE "save_usage" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "bytes" BIGINT NOT NULL,
    "kept_bytes" BIGINT NOT NULL,
    "ceiling" BIGINT NOT NULL,
    "over_since" TIMESTAMPTZ(6),

    CONSTRAINT "save_usage_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- CreateTable
CREATE TABLE "usage_hour" (
    "organization_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "hour" TIMESTAMPTZ(6) NOT NULL,
    "amount" BIGINT NOT NULL,

    CONSTRAINT "usage_hour_pkey" PRIMARY KEY ("organization_id","environment_id","kind","hour")
);

-- CreateTable
CREATE TABLE "usage_day" (
    "organization_id" UUID NOT NULL,
    "environment_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "amount" BIGINT NOT NULL,

    CONSTRAINT "usage_day_pkey" PRIMARY KEY ("organization_id","environment_id","kind","day")
);

-- CreateTable
CREATE TABLE "usage_writer" (
    "id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "written_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "usage_writer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "usage_notice" (
    "organization_id" UUID NOT NULL,
    "meter" TEXT NOT NULL,
    "month" DATE NOT NULL,
    "percent" INTEGER NOT NULL,
    "told_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "usage_notice_pkey" PRIMARY KEY ("organization_id","meter","month","percent")
);

-- CreateTable
CREATE TABLE "billing_ledger" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "month" DATE,
    "amount_minor" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,
    "details" JSONB NOT NULL,
    "entry_key" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "billing_ledger_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "payment_event" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "payment_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "subscription_provider_customer_id_key" ON "subscription"("provider_customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "subscription_provider_subscription_id_key" ON "subscription"("provider_subscription_id");

-- CreateIndex
CREATE INDEX "active_player_environment_id_player_id_idx" ON "active_player"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "usage_hour_hour_idx" ON "usage_hour"("hour");

-- CreateIndex
CREATE INDEX "usage_writer_written_at_idx" ON "usage_writer"("written_at");

-- CreateIndex
CREATE INDEX "billing_ledger_organization_id_kind_created_at_idx" ON "billing_ledger"("organization_id", "kind", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "billing_ledger_organization_id_entry_key_key" ON "billing_ledger"("organization_id", "entry_key");

-- CreateIndex
CREATE INDEX "payment_event_received_at_idx" ON "payment_event"("received_at");

-- AddForeignKey
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "spend_cap" ADD CONSTRAINT "spend_cap_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contract" ADD CONSTRAINT "contract_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "active_player" ADD CONSTRAINT "active_player_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_usage" ADD CONSTRAINT "save_usage_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "usage_hour" ADD CONSTRAINT "usage_hour_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "usage_day" ADD CONSTRAINT "usage_day_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "usage_notice" ADD CONSTRAINT "usage_notice_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Whole numbers that a double keeps exactly.
ALTER TABLE "usage_hour" ADD CONSTRAINT "usage_hour_amount_check" CHECK ("amount" BETWEEN 0 AND 9007199254740991);
ALTER TABLE "usage_day" ADD CONSTRAINT "usage_day_amount_check" CHECK ("amount" BETWEEN 0 AND 9007199254740991);
ALTER TABLE "spend_cap" ADD CONSTRAINT "spend_cap_minor_check" CHECK ("cap_minor" >= 0);
ALTER TABLE "save_usage" ADD CONSTRAINT "save_usage_kept_check" CHECK ("bytes" BETWEEN 0 AND "kept_bytes");

-- The statement that writes a save sets the ceiling beside the bytes: one that would pass it does not happen at all.
ALTER TABLE "save_usage" ADD CONSTRAINT "save_usage_within_ceiling" CHECK ("bytes" <= "ceiling");

-- What is written in the ledger stays as it was written, whoever asks.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever added', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $function$;
CREATE TRIGGER "billing_ledger_append_only" BEFORE UPDATE OR DELETE ON "billing_ledger"
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What is there already counts from the start.
UPDATE "save_slot" s SET "stored_size" = v."stored_size" FROM "save_version" v
  WHERE NOT s."deleted" AND v."environment_id" = s."environment_id" AND v."player_id" = s."player_id"
    AND v."save_id" = s."save_id" AND v."version" = s."head_version";
INSERT INTO "save_usage" ("environment_id", "player_id", "bytes", "kept_bytes", "ceiling")
  SELECT "environment_id", "player_id", heads."bytes", versions."bytes", heads."bytes" FROM
    (SELECT "environment_id", "player_id", sum("stored_size") AS "bytes" FROM "save_slot" GROUP BY 1, 2) heads
    JOIN (SELECT "environment_id", "player_id", sum("stored_size") AS "bytes" FROM "save_version" GROUP BY 1, 2) versions
    USING ("environment_id", "player_id");
INSERT INTO "active_player" ("environment_id", "month", "player_id", "first_seen_at")
  SELECT "environment_id", date_trunc('month', now() AT TIME ZONE 'UTC')::date, "player_id", min("created_at")
  FROM "player_session" WHERE "created_at" >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
  GROUP BY "environment_id", "player_id";

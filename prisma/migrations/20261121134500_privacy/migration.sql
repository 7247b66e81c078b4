-- CreateEnum
CREATE TYPE "consent_source" AS ENUM ('player', 'parent', 'age_answer');

-- AlterTable
ALTER TABLE "consent" ADD COLUMN     "policy_version" INTEGER,
ADD COLUMN     "source" "consent_source" NOT NULL DEFAULT 'player';

-- CreateTable
CREATE TABLE "consent_decision" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "purpose" "consent_purpose" NOT NULL,
    "granted" BOOLEAN NOT NULL,
    "policy_version" INTEGER,
    "source" "consent_source" NOT NULL,
    "locale" TEXT,
    "device_name" TEXT,
    "decided_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "consent_decision_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "policy_version" (
    "environment_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "requires_acceptance" BOOLEAN NOT NULL,
    "needs_reacceptance" BOOLEAN NOT NULL,
    "renews_consents" "consent_purpose"[],
    "effective_from" TIMESTAMPTZ(6) NOT NULL,
    "published_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "policy_version_pkey" PRIMARY KEY ("environment_id","kind","version")
);

-- CreateTable
CREATE TABLE "policy_document" (
    "environment_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "locale" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "title" TEXT NOT NULL,
    "url" TEXT,
    "body" TEXT,
    "content_hash" BYTEA NOT NULL,

    CONSTRAINT "policy_document_pkey" PRIMARY KEY ("environment_id","kind","version","locale")
);

-- CreateTable
CREATE TABLE "policy_acceptance" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "locale" TEXT NOT NULL,
    "content_hash" BYTEA NOT NULL,
    "accepted_at" TIMESTAMPTZ(6) NOT NULL,
    "network" TEXT,
    "device_name" TEXT,

    CONSTRAINT "policy_acceptance_pkey" PRIMARY KEY ("environment_id","player_id","kind","version")
);

-- CreateTable
CREATE TABLE "player_age" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "country" TEXT NOT NULL,
    "child_until" DATE,
    "answered_at" TIMESTAMPTZ(6) NOT NULL,
    "parent_grants" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "parent_agreed" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "player_age_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- CreateTable
CREATE TABLE "age_answer" (
    "environment_id" UUID NOT NULL,
    "device_hash" BYTEA NOT NULL,
    "country" TEXT NOT NULL,
    "child_until" DATE,
    "answered_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "age_answer_pkey" PRIMARY KEY ("environment_id","device_hash")
);

-- CreateTable
CREATE TABLE "waiting_newcomer" (
    "environment_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "brought" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "waiting_newcomer_pkey" PRIMARY KEY ("environment_id","code_hash")
);

-- CreateTable
CREATE TABLE "parental_consent" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "parent_email" BYTEA,
    "locale" TEXT,
    "requested_at" TIMESTAMPTZ(6) NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "code_expires_at" TIMESTAMPTZ(6) NOT NULL,
    "notice_version" INTEGER NOT NULL,
    "policy_version" INTEGER,
    "method" TEXT NOT NULL,
    "grants" TEXT[],
    "given_at" TIMESTAMPTZ(6),
    "network" TEXT,
    "device_name" TEXT,
    "confirm_due_at" TIMESTAMPTZ(6),
    "confirmed_at" TIMESTAMPTZ(6),
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "parental_consent_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "parent_token" (
    "environment_id" UUID NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "consent_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "parent_token_pkey" PRIMARY KEY ("environment_id","token_hash")
);

-- CreateTable
CREATE TABLE "retention_mark" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "rule" TEXT NOT NULL,
    "marked_at" TIMESTAMPTZ(6) NOT NULL,
    "due_at" TIMESTAMPTZ(6) NOT NULL,
    "requested_at" TIMESTAMPTZ(6),

    CONSTRAINT "retention_mark_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- CreateTable
CREATE TABLE "retention_proof" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "rule" TEXT NOT NULL,
    "what" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "ran_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "retention_proof_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateIndex
CREATE INDEX "consent_decision_environment_id_player_id_decided_at_idx" ON "consent_decision"("environment_id", "player_id", "decided_at");

-- CreateIndex
CREATE INDEX "policy_acceptance_environment_id_kind_version_idx" ON "policy_acceptance"("environment_id", "kind", "version");

-- CreateIndex
CREATE INDEX "age_answer_answered_at_idx" ON "age_answer"("answered_at");

-- CreateIndex
CREATE INDEX "waiting_newcomer_environment_id_created_at_idx" ON "waiting_newcomer"("environment_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "parental_consent_code_hash_key" ON "parental_consent"("code_hash");

-- CreateIndex
CREATE INDEX "parental_consent_environment_id_player_id_idx" ON "parental_consent"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "parental_consent_confirm_due_at_idx" ON "parental_consent"("confirm_due_at");

-- CreateIndex
CREATE UNIQUE INDEX "parent_token_token_hash_key" ON "parent_token"("token_hash");

-- CreateIndex
CREATE INDEX "parent_token_environment_id_consent_id_idx" ON "parent_token"("environment_id", "consent_id");

-- CreateIndex
CREATE INDEX "retention_mark_environment_id_due_at_idx" ON "retention_mark"("environment_id", "due_at");

-- CreateIndex
CREATE INDEX "retention_proof_environment_id_ran_at_idx" ON "retention_proof"("environment_id", "ran_at");

-- AddForeignKey
ALTER TABLE "consent_decision" ADD CONSTRAINT "consent_decision_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_version" ADD CONSTRAINT "policy_version_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_document" ADD CONSTRAINT "policy_document_environment_id_kind_version_fkey" FOREIGN KEY ("environment_id", "kind", "version") REFERENCES "policy_version"("environment_id", "kind", "version") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_acceptance" ADD CONSTRAINT "policy_acceptance_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "policy_acceptance" ADD CONSTRAINT "policy_acceptance_environment_id_kind_version_fkey" FOREIGN KEY ("environment_id", "kind", "version") REFERENCES "policy_version"("environment_id", "kind", "version") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_age" ADD CONSTRAINT "player_age_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "age_answer" ADD CONSTRAINT "age_answer_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "waiting_newcomer" ADD CONSTRAINT "waiting_newcomer_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "parental_consent" ADD CONSTRAINT "parental_consent_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "parent_token" ADD CONSTRAINT "parent_token_environment_id_consent_id_fkey" FOREIGN KEY ("environment_id", "consent_id") REFERENCES "parental_consent"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "retention_mark" ADD CONSTRAINT "retention_mark_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "retention_proof" ADD CONSTRAINT "retention_proof_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateTable
CREATE TABLE "player_activity" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "player_activity_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- AddForeignKey
ALTER TABLE "player_activity" ADD CONSTRAINT "player_activity_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What was decided before there was a log is its first page.
INSERT INTO "consent_decision" ("environment_id", "id", "player_id", "purpose", "granted", "source", "decided_at")
SELECT "environment_id", gen_random_uuid(), "player_id", "purpose", "granted", 'player', "decided_at" FROM "consent";

-- What proves something is added and never changed.
CREATE FUNCTION refuse_change_of_proof() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "consent_decision_is_proof" BEFORE UPDATE ON "consent_decision" FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();
CREATE TRIGGER "policy_version_is_proof" BEFORE UPDATE ON "policy_version" FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();
CREATE TRIGGER "policy_document_is_proof" BEFORE UPDATE ON "policy_document" FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();
CREATE TRIGGER "policy_acceptance_is_proof" BEFORE UPDATE ON "policy_acceptance" FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();
CREATE TRIGGER "retention_proof_is_proof" BEFORE UPDATE ON "retention_proof" FOR EACH ROW EXECUTE FUNCTION refuse_change_of_proof();

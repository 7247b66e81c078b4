ALTER TYPE "member_role" ADD VALUE 'live_ops';
ALTER TYPE "member_role" ADD VALUE 'support';
ALTER TYPE "member_role" ADD VALUE 'analyst';
ALTER TYPE "member_role" ADD VALUE 'billing';

-- AlterTable
ALTER TABLE "member" ADD COLUMN     "email_verified_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "member_session" ADD COLUMN     "device_name" TEXT,
ADD COLUMN     "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "second_factor_at" TIMESTAMPTZ(6);

-- AlterTable
ALTER TABLE "membership" ALTER COLUMN "role" DROP NOT NULL;

-- AlterTable
ALTER TABLE "organization" ADD COLUMN     "mfa_required" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "player" ADD COLUMN     "locale" TEXT;

-- AlterTable
ALTER TABLE "player_session" ADD COLUMN     "device_name" TEXT,
ADD COLUMN     "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "method" TEXT NOT NULL DEFAULT 'unknown',
ADD COLUMN     "second_factor_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "mail_outbox" (
    "id" UUID NOT NULL,
    "environment_id" UUID,
    "recipient_key" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "sealed" BYTEA,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "due_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(6),
    "failed_at" TIMESTAMPTZ(6),

    CONSTRAINT "mail_outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "player_email" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "verified_at" TIMESTAMPTZ(6),
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "player_email_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- The e-mail of an account is one thing, its password another.
INSERT INTO "player_email" ("environment_id", "player_id", "email", "email_key", "updated_at")
SELECT "environment_id", "player_id", "email", "email_key", "updated_at" FROM "password_credential";
DROP INDEX "password_credential_environment_id_email_key_key";
ALTER TABLE "password_credential" DROP COLUMN "email", DROP COLUMN "email_key";

-- Sessions from before this column do not say how they began.
ALTER TABLE "player_session" ALTER COLUMN "method" DROP DEFAULT;

-- CreateTable
CREATE TABLE "player_identity" (
    "environment_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "player_id" UUID NOT NULL,
    "display_name" TEXT,
    "linked_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "player_identity_pkey" PRIMARY KEY ("environment_id","provider","subject")
);

-- CreateTable
CREATE TABLE "player_code" (
    "environment_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "purpose" TEXT NOT NULL,
    "player_id" UUID NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "used_at" TIMESTAMPTZ(6),

    CONSTRAINT "player_code_pkey" PRIMARY KEY ("environment_id","code_hash")
);

-- CreateTable
CREATE TABLE "team" (
    "organization_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "team_pkey" PRIMARY KEY ("organization_id","id")
);

-- CreateTable
CREATE TABLE "team_member" (
    "organization_id" UUID NOT NULL,
    "team_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,

    CONSTRAINT "team_member_pkey" PRIMARY KEY ("organization_id","team_id","member_id")
);

-- CreateTable
CREATE TABLE "team_project" (
    "organization_id" UUID NOT NULL,
    "team_id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "role" "member_role" NOT NULL,

    CONSTRAINT "team_project_pkey" PRIMARY KEY ("organization_id","team_id","project_id")
);

-- CreateTable
CREATE TABLE "environment_setting" (
    "environment_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_setting_pkey" PRIMARY KEY ("environment_id","name")
);

-- CreateTable
CREATE TABLE "webhook_event" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_event_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateIndex
CREATE INDEX "mail_outbox_recipient_key_template_created_at_idx" ON "mail_outbox"("recipient_key", "template", "created_at");

-- CreateIndex
CREATE INDEX "mail_outbox_due_at_idx" ON "mail_outbox"("due_at");

-- CreateIndex
CREATE UNIQUE INDEX "player_email_environment_id_email_key_key" ON "player_email"("environment_id", "email_key");

-- CreateIndex
CREATE INDEX "player_identity_environment_id_player_id_idx" ON "player_identity"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "player_code_environment_id_player_id_purpose_idx" ON "player_code"("environment_id", "player_id", "purpose");

-- CreateIndex
CREATE INDEX "player_code_expires_at_idx" ON "player_code"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "team_organization_id_name_key" ON "team"("organization_id", "name");

-- CreateIndex
CREATE INDEX "team_member_organization_id_member_id_idx" ON "team_member"("organization_id", "member_id");

-- CreateIndex
CREATE INDEX "team_project_organization_id_project_id_idx" ON "team_project"("organization_id", "project_id");

-- CreateIndex
CREATE INDEX "webhook_event_created_at_idx" ON "webhook_event"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "project_organization_id_id_key" ON "project"("organization_id", "id");

-- AddForeignKey
ALTER TABLE "player_email" ADD CONSTRAINT "player_email_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_identity" ADD CONSTRAINT "player_identity_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_code" ADD CONSTRAINT "player_code_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team" ADD CONSTRAINT "team_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_member" ADD CONSTRAINT "team_member_organization_id_team_id_fkey" FOREIGN KEY ("organization_id", "team_id") REFERENCES "team"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_member" ADD CONSTRAINT "team_member_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_member" ADD CONSTRAINT "team_member_organization_id_member_id_fkey" FOREIGN KEY ("organization_id", "member_id") REFERENCES "membership"("organization_id", "member_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_project" ADD CONSTRAINT "team_project_organization_id_team_id_fkey" FOREIGN KEY ("organization_id", "team_id") REFERENCES "team"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "team_project" ADD CONSTRAINT "team_project_organization_id_project_id_fkey" FOREIGN KEY ("organization_id", "project_id") REFERENCES "project"("organization_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment_setting" ADD CONSTRAINT "environment_setting_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_event" ADD CONSTRAINT "webhook_event_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

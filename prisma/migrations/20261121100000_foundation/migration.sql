-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "consent_purpose" AS ENUM ('analytics', 'marketing', 'voice', 'third_parties');

-- CreateEnum
CREATE TYPE "board_order" AS ENUM ('asc', 'desc');

-- CreateEnum
CREATE TYPE "board_keep" AS ENUM ('best', 'last', 'sum');

-- CreateEnum
CREATE TYPE "member_role" AS ENUM ('owner', 'admin', 'developer');

-- CreateEnum
CREATE TYPE "api_key_kind" AS ENUM ('publishable', 'secret');

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "topic" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency_receipt" (
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "answer" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_receipt_pkey" PRIMARY KEY ("scope","key")
);

-- CreateTable
CREATE TABLE "player" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "username" TEXT NOT NULL,
    "username_key" TEXT NOT NULL,
    "avatar_url" TEXT,
    "profile_version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "player_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "password_credential" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "password_credential_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- CreateTable
CREATE TABLE "device_credential" (
    "environment_id" UUID NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "player_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "device_credential_pkey" PRIMARY KEY ("environment_id","secret_hash")
);

-- CreateTable
CREATE TABLE "player_session" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "refresh_hash" BYTEA NOT NULL,
    "previous_hash" BYTEA,
    "successor" BYTEA,
    "rotated_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "revoked_at" TIMESTAMPTZ(6),
    "revoked_reason" TEXT,

    CONSTRAINT "player_session_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "consent" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "purpose" "consent_purpose" NOT NULL,
    "granted" BOOLEAN NOT NULL,
    "decided_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "consent_pkey" PRIMARY KEY ("environment_id","player_id","purpose")
);

-- CreateTable
CREATE TABLE "signing_key" (
    "kid" TEXT NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "sealed_private" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(6),

    CONSTRAINT "signing_key_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "save_slot" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "save_id" TEXT NOT NULL,
    "head_version" INTEGER NOT NULL,
    "deleted" BOOLEAN NOT NULL DEFAULT false,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "save_slot_pkey" PRIMARY KEY ("environment_id","player_id","save_id")
);

-- CreateTable
CREATE TABLE "save_version" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "save_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "base_version" INTEGER,
    "deleted" BOOLEAN NOT NULL DEFAULT false,
    "hash" BYTEA,
    "size" INTEGER NOT NULL,
    "stored_size" INTEGER NOT NULL,
    "encoding" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "save_version_pkey" PRIMARY KEY ("environment_id","player_id","save_id","version")
);

-- CreateTable
CREATE TABLE "leaderboard" (
    "environment_id" UUID NOT NULL,
    "board_id" TEXT NOT NULL,
    "order" "board_order" NOT NULL,
    "keep" "board_keep" NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "leaderboard_pkey" PRIMARY KEY ("environment_id","board_id")
);

-- CreateTable
CREATE TABLE "leaderboard_entry" (
    "environment_id" UUID NOT NULL,
    "board_id" TEXT NOT NULL,
    "player_id" UUID NOT NULL,
    "score" BIGINT NOT NULL,
    "achieved_at" TIMESTAMPTZ(6) NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "leaderboard_entry_pkey" PRIMARY KEY ("environment_id","board_id","player_id")
);

-- CreateTable
CREATE TABLE "member" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "member_session" (
    "id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "refresh_hash" BYTEA NOT NULL,
    "previous_hash" BYTEA,
    "successor" BYTEA,
    "rotated_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "revoked_at" TIMESTAMPTZ(6),
    "revoked_reason" TEXT,

    CONSTRAINT "member_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "organization" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "organization_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "membership" (
    "organization_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "role" "member_role" NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "membership_pkey" PRIMARY KEY ("organization_id","member_id")
);

-- CreateTable
CREATE TABLE "project" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "project_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "environment" (
    "id" UUID NOT NULL,
    "project_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "environment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_key" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" "api_key_kind" NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "scopes" TEXT[],
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(6),
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" UUID NOT NULL,
    "organization_id" UUID,
    "environment_id" UUID,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT,
    "action" TEXT NOT NULL,
    "target" TEXT,
    "details" JSONB NOT NULL,
    "request_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "idempotency_receipt_created_at_idx" ON "idempotency_receipt"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "player_environment_id_username_key_key" ON "player"("environment_id", "username_key");

-- CreateIndex
CREATE UNIQUE INDEX "password_credential_environment_id_email_key_key" ON "password_credential"("environment_id", "email_key");

-- CreateIndex
CREATE INDEX "device_credential_environment_id_player_id_idx" ON "device_credential"("environment_id", "player_id");

-- CreateIndex
CREATE UNIQUE INDEX "player_session_refresh_hash_key" ON "player_session"("refresh_hash");

-- CreateIndex
CREATE INDEX "player_session_environment_id_player_id_idx" ON "player_session"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "player_session_revoked_at_idx" ON "player_session"("revoked_at");

-- CreateIndex
CREATE INDEX "player_session_expires_at_idx" ON "player_session"("expires_at");

-- CreateIndex
CREATE INDEX "leaderboard_entry_environment_id_board_id_score_achieved_at_idx" ON "leaderboard_entry"("environment_id", "board_id", "score", "achieved_at");

-- CreateIndex
CREATE INDEX "leaderboard_entry_updated_at_idx" ON "leaderboard_entry"("updated_at");

-- CreateIndex
CREATE UNIQUE INDEX "member_email_key_key" ON "member"("email_key");

-- CreateIndex
CREATE UNIQUE INDEX "member_session_refresh_hash_key" ON "member_session"("refresh_hash");

-- CreateIndex
CREATE INDEX "member_session_member_id_idx" ON "member_session"("member_id");

-- CreateIndex
CREATE INDEX "member_session_revoked_at_idx" ON "member_session"("revoked_at");

-- CreateIndex
CREATE INDEX "membership_member_id_idx" ON "membership"("member_id");

-- CreateIndex
CREATE INDEX "project_organization_id_idx" ON "project"("organization_id");

-- CreateIndex
CREATE UNIQUE INDEX "environment_project_id_name_key" ON "environment"("project_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_hash_key" ON "api_key"("hash");

-- CreateIndex
CREATE INDEX "api_key_revoked_at_idx" ON "api_key"("revoked_at");

-- CreateIndex
CREATE INDEX "audit_entry_organization_id_created_at_idx" ON "audit_entry"("organization_id", "created_at");

-- CreateIndex
CREATE INDEX "audit_entry_environment_id_created_at_idx" ON "audit_entry"("environment_id", "created_at");

-- AddForeignKey
ALTER TABLE "player" ADD CONSTRAINT "player_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "password_credential" ADD CONSTRAINT "password_credential_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device_credential" ADD CONSTRAINT "device_credential_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_session" ADD CONSTRAINT "player_session_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consent" ADD CONSTRAINT "consent_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_slot" ADD CONSTRAINT "save_slot_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_version" ADD CONSTRAINT "save_version_environment_id_player_id_save_id_fkey" FOREIGN KEY ("environment_id", "player_id", "save_id") REFERENCES "save_slot"("environment_id", "player_id", "save_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "leaderboard" ADD CONSTRAINT "leaderboard_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "leaderboard_entry" ADD CONSTRAINT "leaderboard_entry_environment_id_board_id_fkey" FOREIGN KEY ("environment_id", "board_id") REFERENCES "leaderboard"("environment_id", "board_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "leaderboard_entry" ADD CONSTRAINT "leaderboard_entry_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_session" ADD CONSTRAINT "member_session_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "membership" ADD CONSTRAINT "membership_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "project" ADD CONSTRAINT "project_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organization"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "environment" ADD CONSTRAINT "environment_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "project"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Scores are whole numbers that every reader of JSON keeps exactly (2^53 - 1).
ALTER TABLE "leaderboard_entry" ADD CONSTRAINT "leaderboard_entry_score_exact"
  CHECK ("score" BETWEEN -9007199254740991 AND 9007199254740991);

-- A version that is not a tombstone has bytes.
ALTER TABLE "save_version" ADD CONSTRAINT "save_version_has_bytes" CHECK ("deleted" OR "hash" IS NOT NULL);

-- When a session last proved who it belongs to. Sessions from before proved it when they were opened.
ALTER TABLE "player_session" ADD COLUMN     "proved_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP;
UPDATE "player_session" SET "proved_at" = "created_at";
ALTER TABLE "member_session" ADD COLUMN     "proved_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP;
UPDATE "member_session" SET "proved_at" = "created_at";

-- CreateTable
CREATE TABLE "player_totp" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "sealed_secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "confirmed_at" TIMESTAMPTZ(6),
    "last_step" BIGINT NOT NULL DEFAULT 0,
    "guesses" INTEGER NOT NULL DEFAULT 0,
    "guesses_since" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "player_totp_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- CreateTable
CREATE TABLE "player_recovery_code" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "used_at" TIMESTAMPTZ(6),

    CONSTRAINT "player_recovery_code_pkey" PRIMARY KEY ("environment_id","player_id","code_hash")
);

-- CreateTable
CREATE TABLE "player_passkey" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT[],
    "backed_up" BOOLEAN NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "player_passkey_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "member_totp" (
    "member_id" UUID NOT NULL,
    "sealed_secret" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "confirmed_at" TIMESTAMPTZ(6),
    "last_step" BIGINT NOT NULL DEFAULT 0,
    "guesses" INTEGER NOT NULL DEFAULT 0,
    "guesses_since" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "member_totp_pkey" PRIMARY KEY ("member_id")
);

-- CreateTable
CREATE TABLE "member_recovery_code" (
    "member_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "used_at" TIMESTAMPTZ(6),

    CONSTRAINT "member_recovery_code_pkey" PRIMARY KEY ("member_id","code_hash")
);

-- CreateTable
CREATE TABLE "member_passkey" (
    "id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "credential_id" BYTEA NOT NULL,
    "public_key" BYTEA NOT NULL,
    "counter" BIGINT NOT NULL,
    "transports" TEXT[],
    "backed_up" BOOLEAN NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "member_passkey_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "player_passkey_environment_id_player_id_idx" ON "player_passkey"("environment_id", "player_id");

-- CreateIndex
CREATE UNIQUE INDEX "player_passkey_environment_id_credential_id_key" ON "player_passkey"("environment_id", "credential_id");

-- CreateIndex
CREATE UNIQUE INDEX "member_passkey_credential_id_key" ON "member_passkey"("credential_id");

-- CreateIndex
CREATE INDEX "member_passkey_member_id_idx" ON "member_passkey"("member_id");

-- AddForeignKey
ALTER TABLE "player_totp" ADD CONSTRAINT "player_totp_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_recovery_code" ADD CONSTRAINT "player_recovery_code_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_passkey" ADD CONSTRAINT "player_passkey_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_totp" ADD CONSTRAINT "member_totp_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_recovery_code" ADD CONSTRAINT "member_recovery_code_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "member_passkey" ADD CONSTRAINT "member_passkey_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "member"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateEnum
CREATE TYPE "chat_kind" AS ENUM ('world', 'group', 'room', 'party', 'direct');

-- CreateEnum
CREATE TYPE "chat_voice" AS ENUM ('player', 'studio');

-- CreateEnum
CREATE TYPE "chat_deletion" AS ENUM ('author', 'moderator', 'erased');

-- CreateEnum
CREATE TYPE "chat_report_state" AS ENUM ('open', 'upheld', 'dismissed');

-- CreateTable
CREATE TABLE "chat_channel" (
    "environment_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "chat_kind" NOT NULL,
    "last_number" INTEGER NOT NULL,
    "last_change" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "spoken_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "chat_channel_pkey" PRIMARY KEY ("environment_id","key")
);

-- CreateTable
CREATE TABLE "chat_message" (
    "environment_id" UUID NOT NULL,
    "channel_key" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "change" INTEGER NOT NULL,
    "author_id" UUID,
    "voice" "chat_voice" NOT NULL,
    "text" TEXT,
    "data" JSONB,
    "reply_to" INTEGER,
    "mentions" UUID[],
    "mentions_all" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "edited_at" TIMESTAMPTZ(6),
    "deleted_by" "chat_deletion",

    CONSTRAINT "chat_message_pkey" PRIMARY KEY ("environment_id","channel_key","number")
);

-- CreateTable
CREATE TABLE "chat_mark" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "channel_key" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "chat_mark_pkey" PRIMARY KEY ("environment_id","player_id","channel_key")
);

-- CreateTable
CREATE TABLE "chat_silence" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "silenced_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "chat_silence_pkey" PRIMARY KEY ("environment_id","player_id","silenced_id")
);

-- CreateTable
CREATE TABLE "chat_mute" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "channel" TEXT,
    "reason" TEXT NOT NULL,
    "public_reason" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "ends_at" TIMESTAMPTZ(6),
    "muted_by_kind" TEXT NOT NULL,
    "muted_by_id" TEXT,
    "lifted_at" TIMESTAMPTZ(6),

    CONSTRAINT "chat_mute_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "chat_report" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "reporter_id" UUID,
    "reported_id" UUID NOT NULL,
    "channel_key" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "context" JSONB NOT NULL,
    "state" "chat_report_state" NOT NULL DEFAULT 'open',
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "resolved_at" TIMESTAMPTZ(6),
    "resolved_by_kind" TEXT,
    "resolved_by_id" TEXT,
    "resolution" TEXT,

    CONSTRAINT "chat_report_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateIndex
CREATE INDEX "chat_message_environment_id_author_id_idx" ON "chat_message"("environment_id", "author_id");

-- CreateIndex
CREATE INDEX "chat_message_environment_id_created_at_idx" ON "chat_message"("environment_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "chat_message_environment_id_channel_key_change_key" ON "chat_message"("environment_id", "channel_key", "change");

-- CreateIndex
CREATE INDEX "chat_mark_environment_id_channel_key_idx" ON "chat_mark"("environment_id", "channel_key");

-- CreateIndex
CREATE INDEX "chat_silence_environment_id_silenced_id_idx" ON "chat_silence"("environment_id", "silenced_id");

-- CreateIndex
CREATE INDEX "chat_mute_environment_id_player_id_idx" ON "chat_mute"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "chat_report_environment_id_created_at_idx" ON "chat_report"("environment_id", "created_at");

-- CreateIndex
CREATE INDEX "chat_report_environment_id_state_id_idx" ON "chat_report"("environment_id", "state", "id");

-- CreateIndex
CREATE INDEX "chat_report_environment_id_reported_id_idx" ON "chat_report"("environment_id", "reported_id");

-- CreateIndex
CREATE INDEX "chat_report_environment_id_reporter_id_idx" ON "chat_report"("environment_id", "reporter_id");

-- CreateIndex
CREATE UNIQUE INDEX "chat_report_environment_id_channel_key_number_reporter_id_key" ON "chat_report"("environment_id", "channel_key", "number", "reporter_id");

-- AddForeignKey
ALTER TABLE "chat_channel" ADD CONSTRAINT "chat_channel_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_message" ADD CONSTRAINT "chat_message_environment_id_channel_key_fkey" FOREIGN KEY ("environment_id", "channel_key") REFERENCES "chat_channel"("environment_id", "key") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_message" ADD CONSTRAINT "chat_message_environment_id_author_id_fkey" FOREIGN KEY ("environment_id", "author_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_mark" ADD CONSTRAINT "chat_mark_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_mark" ADD CONSTRAINT "chat_mark_environment_id_channel_key_fkey" FOREIGN KEY ("environment_id", "channel_key") REFERENCES "chat_channel"("environment_id", "key") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_silence" ADD CONSTRAINT "chat_silence_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_silence" ADD CONSTRAINT "chat_silence_environment_id_silenced_id_fkey" FOREIGN KEY ("environment_id", "silenced_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_mute" ADD CONSTRAINT "chat_mute_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_report" ADD CONSTRAINT "chat_report_environment_id_reporter_id_fkey" FOREIGN KEY ("environment_id", "reporter_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chat_report" ADD CONSTRAINT "chat_report_environment_id_reported_id_fkey" FOREIGN KEY ("environment_id", "reported_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The second wall between tenants
SELECT wall_tenant_tables();

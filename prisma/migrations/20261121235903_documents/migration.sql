-- CreateEnum
CREATE TYPE "document_access" AS ENUM ('private', 'owner', 'public', 'server');

-- CreateEnum
CREATE TYPE "document_index_state" AS ENUM ('building', 'ready', 'dropping');

-- CreateTable
CREATE TABLE "player_document" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "access" "document_access" NOT NULL,
    "value" JSON NOT NULL,
    "size" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "player_document_pkey" PRIMARY KEY ("environment_id","player_id","collection","key")
);

-- CreateTable
CREATE TABLE "player_document_usage" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "own_documents" INTEGER NOT NULL DEFAULT 0,
    "own_bytes" BIGINT NOT NULL DEFAULT 0,
    "given_documents" INTEGER NOT NULL DEFAULT 0,
    "given_bytes" BIGINT NOT NULL DEFAULT 0,
    "highest_ended" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "player_document_usage_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- CreateTable
CREATE TABLE "document_index" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "collection" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "state" "document_index_state" NOT NULL DEFAULT 'building',
    "total" INTEGER,
    "done" INTEGER NOT NULL DEFAULT 0,
    "position" JSONB,

    CONSTRAINT "document_index_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "document_indexing" (
    "environment_id" UUID NOT NULL,
    "setting_version" INTEGER NOT NULL,

    CONSTRAINT "document_indexing_pkey" PRIMARY KEY ("environment_id")
);

-- CreateTable
CREATE TABLE "document_entry" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "collection" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "index_id" UUID NOT NULL,
    "is_public" BOOLEAN NOT NULL,
    "value" BYTEA NOT NULL,

    CONSTRAINT "document_entry_pkey" PRIMARY KEY ("environment_id","player_id","collection","key","index_id")
);

-- CreateTable
CREATE TABLE "world" (
    "environment_id" UUID NOT NULL,
    "world_id" TEXT NOT NULL,
    "last_sequence" BIGINT NOT NULL DEFAULT 0,
    "trimmed_sequence" BIGINT NOT NULL DEFAULT 0,
    "snapshot_version" INTEGER NOT NULL DEFAULT 0,
    "snapshot_sequence" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(6),

    CONSTRAINT "world_pkey" PRIMARY KEY ("environment_id","world_id")
);

-- CreateTable
CREATE TABLE "world_event" (
    "environment_id" UUID NOT NULL,
    "world_id" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "event_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "data" JSON NOT NULL,
    "hash" BYTEA NOT NULL,
    "occurred_at" TIMESTAMPTZ(6),
    "written_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "world_event_pkey" PRIMARY KEY ("environment_id","world_id","sequence")
);

-- CreateTable
CREATE TABLE "world_snapshot" (
    "environment_id" UUID NOT NULL,
    "world_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "sequence" BIGINT NOT NULL,
    "state" BYTEA NOT NULL,
    "size" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,
    "written_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "world_snapshot_pkey" PRIMARY KEY ("environment_id","world_id","version")
);

-- CreateIndex
CREATE INDEX "player_document_environment_id_collection_player_id_key_idx" ON "player_document"("environment_id", "collection", "player_id", "key");

-- CreateIndex
CREATE INDEX "document_index_environment_id_collection_idx" ON "document_index"("environment_id", "collection");

-- CreateIndex
CREATE INDEX "document_index_state_idx" ON "document_index"("state");

-- CreateIndex
CREATE INDEX "document_entry_environment_id_index_id_value_player_id_key_idx" ON "document_entry"("environment_id", "index_id", "value", "player_id", "key");

-- CreateIndex
CREATE INDEX "document_entry_environment_id_index_id_is_public_value_play_idx" ON "document_entry"("environment_id", "index_id", "is_public", "value", "player_id", "key");

-- CreateIndex
CREATE INDEX "world_deleted_at_idx" ON "world"("deleted_at");

-- CreateIndex
CREATE UNIQUE INDEX "world_event_environment_id_world_id_event_id_key" ON "world_event"("environment_id", "world_id", "event_id");

-- CreateIndex
CREATE INDEX "world_snapshot_environment_id_world_id_sequence_idx" ON "world_snapshot"("environment_id", "world_id", "sequence");

-- AddForeignKey
ALTER TABLE "player_document" ADD CONSTRAINT "player_document_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_document_usage" ADD CONSTRAINT "player_document_usage_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "document_index" ADD CONSTRAINT "document_index_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "document_indexing" ADD CONSTRAINT "document_indexing_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "document_entry" ADD CONSTRAINT "document_entry_environment_id_player_id_collection_key_fkey" FOREIGN KEY ("environment_id", "player_id", "collection", "key") REFERENCES "player_document"("environment_id", "player_id", "collection", "key") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "document_entry" ADD CONSTRAINT "document_entry_environment_id_index_id_fkey" FOREIGN KEY ("environment_id", "index_id") REFERENCES "document_index"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "world" ADD CONSTRAINT "world_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "world_event" ADD CONSTRAINT "world_event_environment_id_world_id_fkey" FOREIGN KEY ("environment_id", "world_id") REFERENCES "world"("environment_id", "world_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "world_snapshot" ADD CONSTRAINT "world_snapshot_environment_id_world_id_fkey" FOREIGN KEY ("environment_id", "world_id") REFERENCES "world"("environment_id", "world_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What no counting may arrive at
ALTER TABLE "player_document" ADD CONSTRAINT "player_document_counts_check" CHECK ("size" > 0 AND "version" > 0);
ALTER TABLE "player_document_usage" ADD CONSTRAINT "player_document_usage_counts_check"
  CHECK (least("own_documents", "own_bytes", "given_documents", "given_bytes", "highest_ended") >= 0);
ALTER TABLE "world" ADD CONSTRAINT "world_counts_check"
  CHECK ("trimmed_sequence" BETWEEN 0 AND "last_sequence" AND "snapshot_sequence" BETWEEN 0 AND "last_sequence");

-- The second wall between tenants
SELECT wall_tenant_tables();

-- CreateEnum
CREATE TYPE "save_upload_state" AS ENUM ('open', 'done');

-- CreateTable
CREATE TABLE "save_upload" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "upload_id" UUID NOT NULL,
    "save_id" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,
    "content_type" TEXT NOT NULL,
    "part_bytes" INTEGER NOT NULL,
    "part_count" INTEGER NOT NULL,
    "asked" JSONB NOT NULL,
    "direct" BOOLEAN NOT NULL,
    "state" "save_upload_state" NOT NULL DEFAULT 'open',
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "save_upload_pkey" PRIMARY KEY ("environment_id","player_id","upload_id")
);

-- CreateTable
CREATE TABLE "save_upload_part" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "upload_id" UUID NOT NULL,
    "part" INTEGER NOT NULL,
    "hash" BYTEA NOT NULL,
    "recipe" BYTEA NOT NULL,
    "packs" UUID[],
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "save_upload_part_pkey" PRIMARY KEY ("environment_id","player_id","upload_id","part")
);

-- CreateTable
CREATE TABLE "save_upload_pack" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "pack_id" UUID NOT NULL,
    "upload_id" UUID NOT NULL,
    "part" INTEGER NOT NULL,
    "born_in" TEXT NOT NULL,
    "data_key" INTEGER NOT NULL,
    "blocks" BYTEA NOT NULL,
    "chunks" BYTEA NOT NULL,
    "plain_size" BIGINT NOT NULL,
    "stored_size" BIGINT NOT NULL,

    CONSTRAINT "save_upload_pack_pkey" PRIMARY KEY ("environment_id","player_id","pack_id")
);

-- CreateIndex
CREATE INDEX "save_upload_expires_at_idx" ON "save_upload"("expires_at");

-- CreateIndex
CREATE INDEX "save_upload_pack_environment_id_player_id_upload_id_part_idx" ON "save_upload_pack"("environment_id", "player_id", "upload_id", "part");

-- AddForeignKey
ALTER TABLE "save_upload" ADD CONSTRAINT "save_upload_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_upload_part" ADD CONSTRAINT "save_upload_part_environment_id_player_id_upload_id_fkey" FOREIGN KEY ("environment_id", "player_id", "upload_id") REFERENCES "save_upload"("environment_id", "player_id", "upload_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_upload_pack" ADD CONSTRAINT "save_upload_pack_environment_id_player_id_upload_id_part_fkey" FOREIGN KEY ("environment_id", "player_id", "upload_id", "part") REFERENCES "save_upload_part"("environment_id", "player_id", "upload_id", "part") ON DELETE CASCADE ON UPDATE CASCADE;

-- The second wall between tenants
SELECT wall_tenant_tables();

-- Before the first release the bytes of a version lay in another form, which nothing reads any more.
DELETE FROM "save_slot";
DELETE FROM "save_usage";

-- What is billed are the bytes that players see; what is kept are those of the object store, which shares and packs them.
ALTER TABLE "save_usage" DROP CONSTRAINT "save_usage_kept_check";
ALTER TABLE "save_usage" ADD COLUMN     "closed" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "save_usage" ADD CONSTRAINT "save_usage_sizes_check" CHECK ("bytes" >= 0 AND "kept_bytes" >= 0);

-- AlterTable
ALTER TABLE "save_slot" DROP COLUMN "stored_size",
ADD COLUMN     "billed_size" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "branch_of" TEXT,
ADD COLUMN     "branch_version" INTEGER,
ALTER COLUMN "replaced_size" SET DATA TYPE BIGINT;

-- AlterTable
ALTER TABLE "save_version" DROP COLUMN "encoding",
ADD COLUMN     "client_time" TIMESTAMPTZ(6),
ADD COLUMN     "content_type" TEXT,
ADD COLUMN     "device" TEXT,
ADD COLUMN     "merged_version" INTEGER,
ADD COLUMN     "migrated_from" INTEGER,
ADD COLUMN     "name" TEXT,
ADD COLUMN     "packs" UUID[],
ADD COLUMN     "pinned" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "platform" TEXT,
ADD COLUMN     "play_time_seconds" DOUBLE PRECISION,
ADD COLUMN     "recipe" BYTEA,
ADD COLUMN     "restored_from" INTEGER,
ADD COLUMN     "schema_version" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "thumbnail" JSONB,
ALTER COLUMN "size" SET DATA TYPE BIGINT,
ALTER COLUMN "stored_size" SET DATA TYPE BIGINT;

-- CreateTable
CREATE TABLE "save_pack" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "pack_id" UUID NOT NULL,
    "save_id" TEXT NOT NULL,
    "born_in" TEXT NOT NULL,
    "data_key" INTEGER NOT NULL,
    "blocks" BYTEA NOT NULL,
    "chunks" BYTEA NOT NULL,
    "plain_size" BIGINT NOT NULL,
    "stored_size" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "save_pack_pkey" PRIMARY KEY ("environment_id","player_id","pack_id")
);

-- CreateTable
CREATE TABLE "save_operation" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "operation" TEXT NOT NULL,
    "request_hash" BYTEA NOT NULL,
    "save_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "resolution" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "save_operation_pkey" PRIMARY KEY ("environment_id","player_id","operation")
);

-- CreateTable
CREATE TABLE "deleted_save" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "save_id" TEXT NOT NULL,
    "deleted_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "deleted_save_pkey" PRIMARY KEY ("environment_id","player_id","save_id")
);

-- CreateIndex
CREATE INDEX "deleted_save_deleted_at_idx" ON "deleted_save"("deleted_at");

-- AddForeignKey
ALTER TABLE "deleted_save" ADD CONSTRAINT "deleted_save_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "save_pack_environment_id_player_id_save_id_idx" ON "save_pack"("environment_id", "player_id", "save_id");

-- CreateIndex
CREATE INDEX "save_operation_created_at_idx" ON "save_operation"("created_at");

-- AddForeignKey
ALTER TABLE "save_pack" ADD CONSTRAINT "save_pack_environment_id_player_id_save_id_fkey" FOREIGN KEY ("environment_id", "player_id", "save_id") REFERENCES "save_slot"("environment_id", "player_id", "save_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "save_operation" ADD CONSTRAINT "save_operation_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What is readable is made of packs; only a tombstone has none. An empty file has a recipe without any.
ALTER TABLE "save_version" DROP CONSTRAINT "save_version_has_bytes";
ALTER TABLE "save_version" ADD CONSTRAINT "save_version_has_bytes"
  CHECK ("deleted" OR ("hash" IS NOT NULL AND "recipe" IS NOT NULL AND "content_type" IS NOT NULL));
ALTER TABLE "save_version" ALTER COLUMN "packs" SET NOT NULL;

-- The second wall between tenants
SELECT wall_tenant_tables();

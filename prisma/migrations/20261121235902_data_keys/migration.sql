-- CreateTable
CREATE TABLE "data_key" (
    "environment_id" UUID NOT NULL,
    "key_id" INTEGER NOT NULL,
    "wrapped" BYTEA NOT NULL,
    "master_key_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "retired_at" TIMESTAMPTZ(6),

    CONSTRAINT "data_key_pkey" PRIMARY KEY ("environment_id","key_id")
);

-- AddForeignKey
ALTER TABLE "data_key" ADD CONSTRAINT "data_key_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The second wall between tenants
SELECT wall_tenant_tables();

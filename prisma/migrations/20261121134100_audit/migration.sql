-- DropIndex
DROP INDEX "audit_entry_organization_id_created_at_idx";

-- CreateIndex
CREATE INDEX "audit_entry_organization_id_created_at_id_idx" ON "audit_entry"("organization_id", "created_at", "id");
CREATE INDEX "audit_entry_organization_id_actor_id_created_at_idx" ON "audit_entry"("organization_id", "actor_id", "created_at");
CREATE INDEX "audit_entry_organization_id_action_created_at_idx" ON "audit_entry"("organization_id", "action", "created_at");
CREATE INDEX "audit_entry_organization_id_target_created_at_idx" ON "audit_entry"("organization_id", "target", "created_at");

-- CreateTable
CREATE TABLE "audit_seal" (
    "organization_id" UUID NOT NULL,
    "seq" BIGINT NOT NULL,
    "entry_id" UUID NOT NULL,
    "prev_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    "sealed_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "audit_seal_pkey" PRIMARY KEY ("organization_id","seq")
);
CREATE UNIQUE INDEX "audit_seal_entry_id_key" ON "audit_seal"("entry_id");

-- CreateTable
CREATE TABLE "audit_unsealed" (
    "entry_id" UUID NOT NULL,

    CONSTRAINT "audit_unsealed_pkey" PRIMARY KEY ("entry_id")
);

-- Entries from before the chain are its first links.
INSERT INTO "audit_unsealed" ("entry_id") SELECT "id" FROM "audit_entry";

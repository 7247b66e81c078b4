-- CreateTable
CREATE TABLE "pending_registration" (
    "environment_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "email" TEXT NOT NULL,
    "email_key" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "pending_registration_pkey" PRIMARY KEY ("environment_id","code_hash")
);

-- CreateIndex
CREATE INDEX "pending_registration_environment_id_email_key_idx" ON "pending_registration"("environment_id", "email_key");

-- CreateIndex
CREATE INDEX "pending_registration_created_at_idx" ON "pending_registration"("created_at");

-- AddForeignKey
ALTER TABLE "pending_registration" ADD CONSTRAINT "pending_registration_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

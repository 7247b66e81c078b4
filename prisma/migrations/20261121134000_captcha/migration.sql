-- CreateTable
CREATE TABLE "captcha_secret" (
    "environment_id" UUID NOT NULL,
    "sealed" BYTEA NOT NULL,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "captcha_secret_pkey" PRIMARY KEY ("environment_id")
);

-- AddForeignKey
ALTER TABLE "captcha_secret" ADD CONSTRAINT "captcha_secret_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AlterTable
ALTER TABLE "player" ADD COLUMN     "private_fields" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "public_fields" JSONB NOT NULL DEFAULT '{}';

-- CreateTable
CREATE TABLE "player_preference" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "value" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "player_preference_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- AddForeignKey
ALTER TABLE "player_preference" ADD CONSTRAINT "player_preference_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- CreateEnum
CREATE TYPE "group_admission" AS ENUM ('open', 'request', 'invitation');

-- CreateEnum
CREATE TYPE "group_role" AS ENUM ('officer', 'member');

-- CreateEnum
CREATE TYPE "group_request_kind" AS ENUM ('request', 'invitation');

-- CreateTable
CREATE TABLE "player_group" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "name_skeleton" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "world" TEXT NOT NULL,
    "admission" "group_admission" NOT NULL,
    "leader_id" UUID NOT NULL,
    "max_members" INTEGER NOT NULL,
    "member_count" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "player_group_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "group_member" (
    "environment_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "role" "group_role" NOT NULL,
    "joined_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "group_member_pkey" PRIMARY KEY ("environment_id","group_id","player_id")
);

-- CreateTable
CREATE TABLE "group_request" (
    "environment_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "kind" "group_request_kind" NOT NULL,
    "invited_by" UUID,
    "message" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "group_request_pkey" PRIMARY KEY ("environment_id","group_id","player_id")
);

-- CreateTable
CREATE TABLE "group_ban" (
    "environment_id" UUID NOT NULL,
    "group_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "banned_by" UUID,
    "reason" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "group_ban_pkey" PRIMARY KEY ("environment_id","group_id","player_id")
);

-- CreateTable
CREATE TABLE "party" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "leader_id" UUID NOT NULL,
    "is_open" BOOLEAN NOT NULL,
    "max_size" INTEGER NOT NULL,
    "member_count" INTEGER NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "touched_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "party_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateTable
CREATE TABLE "party_member" (
    "environment_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "party_id" UUID NOT NULL,
    "ready" BOOLEAN NOT NULL DEFAULT false,
    "joined_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "party_member_pkey" PRIMARY KEY ("environment_id","player_id")
);

-- CreateTable
CREATE TABLE "party_invitation" (
    "environment_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "party_id" UUID NOT NULL,
    "player_id" UUID NOT NULL,
    "inviter_id" UUID NOT NULL,
    "activity" JSONB,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "party_invitation_pkey" PRIMARY KEY ("environment_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "player_group_environment_id_name_key_key" ON "player_group"("environment_id", "name_key");

-- CreateIndex
CREATE UNIQUE INDEX "player_group_environment_id_name_skeleton_key" ON "player_group"("environment_id", "name_skeleton");

-- CreateIndex
CREATE INDEX "group_member_environment_id_player_id_idx" ON "group_member"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "group_request_environment_id_player_id_idx" ON "group_request"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "group_request_expires_at_idx" ON "group_request"("expires_at");

-- CreateIndex
CREATE INDEX "group_ban_environment_id_player_id_idx" ON "group_ban"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "party_touched_at_idx" ON "party"("touched_at");

-- CreateIndex
CREATE UNIQUE INDEX "party_member_environment_id_party_id_player_id_key" ON "party_member"("environment_id", "party_id", "player_id");

-- CreateIndex
CREATE INDEX "party_invitation_environment_id_player_id_idx" ON "party_invitation"("environment_id", "player_id");

-- CreateIndex
CREATE INDEX "party_invitation_expires_at_idx" ON "party_invitation"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "party_invitation_environment_id_party_id_player_id_key" ON "party_invitation"("environment_id", "party_id", "player_id");

-- AddForeignKey
ALTER TABLE "player_group" ADD CONSTRAINT "player_group_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "player_group" ADD CONSTRAINT "player_group_environment_id_id_leader_id_fkey" FOREIGN KEY ("environment_id", "id", "leader_id") REFERENCES "group_member"("environment_id", "group_id", "player_id") ON DELETE NO ACTION ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED;

-- AddForeignKey
ALTER TABLE "group_member" ADD CONSTRAINT "group_member_environment_id_group_id_fkey" FOREIGN KEY ("environment_id", "group_id") REFERENCES "player_group"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_member" ADD CONSTRAINT "group_member_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_request" ADD CONSTRAINT "group_request_environment_id_group_id_fkey" FOREIGN KEY ("environment_id", "group_id") REFERENCES "player_group"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_request" ADD CONSTRAINT "group_request_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_ban" ADD CONSTRAINT "group_ban_environment_id_group_id_fkey" FOREIGN KEY ("environment_id", "group_id") REFERENCES "player_group"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_ban" ADD CONSTRAINT "group_ban_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "party" ADD CONSTRAINT "party_environment_id_fkey" FOREIGN KEY ("environment_id") REFERENCES "environment"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "party" ADD CONSTRAINT "party_environment_id_id_leader_id_fkey" FOREIGN KEY ("environment_id", "id", "leader_id") REFERENCES "party_member"("environment_id", "party_id", "player_id") ON DELETE NO ACTION ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED;

-- AddForeignKey
ALTER TABLE "party_member" ADD CONSTRAINT "party_member_environment_id_party_id_fkey" FOREIGN KEY ("environment_id", "party_id") REFERENCES "party"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "party_member" ADD CONSTRAINT "party_member_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "party_invitation" ADD CONSTRAINT "party_invitation_environment_id_party_id_fkey" FOREIGN KEY ("environment_id", "party_id") REFERENCES "party"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "party_invitation" ADD CONSTRAINT "party_invitation_environment_id_player_id_fkey" FOREIGN KEY ("environment_id", "player_id") REFERENCES "player"("environment_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Sizes that hold whatever races: every member counts in its row's own update
ALTER TABLE "player_group" ADD CONSTRAINT "player_group_member_count_check" CHECK ("member_count" BETWEEN 1 AND "max_members");
ALTER TABLE "party" ADD CONSTRAINT "party_member_count_check" CHECK ("member_count" BETWEEN 1 AND "max_size");

-- The second wall between tenants
SELECT wall_tenant_tables();

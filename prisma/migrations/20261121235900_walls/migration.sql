-- Two roles, neither of which owns anything or can log in. A deployment gives each app a user of its own that is a
-- member of aethex_app. A transaction that is to stay within one environment becomes aethex_walled for its while.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['aethex_app', 'aethex_walled'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', name);
      END IF;
    EXCEPTION
      -- Roles belong to the whole server: the migration of another database of it was faster.
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'the role % is missing, and this user may not create it', name
          USING HINT = 'Let an administrator run: CREATE ROLE aethex_app NOLOGIN; CREATE ROLE aethex_walled NOLOGIN; GRANT aethex_walled TO aethex_app';
    END;
  END LOOP;
  FOREACH name IN ARRAY ARRAY['aethex_app', current_user::text] LOOP
    BEGIN
      IF NOT pg_has_role(name, 'aethex_walled', 'MEMBER') THEN
        EXECUTE format('GRANT aethex_walled TO %I', name);
      END IF;
    EXCEPTION
      WHEN unique_violation THEN NULL;
    END;
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO aethex_app, aethex_walled;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO aethex_app, aethex_walled;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO aethex_app, aethex_walled;
-- The same for the tables of later migrations.
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO aethex_app, aethex_walled;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO aethex_app, aethex_walled;

-- What is written down stays as it was written.
REVOKE UPDATE, DELETE ON "audit_entry", "audit_seal" FROM aethex_app, aethex_walled;

DO $$
BEGIN
  IF to_regclass('public._prisma_migrations') IS NOT NULL THEN
    REVOKE ALL ON "_prisma_migrations" FROM aethex_app, aethex_walled;
  END IF;
END $$;

-- The second wall between tenants: aethex_walled sees and writes the rows of the environment that its transaction has
-- named (aethex.environment_id), and none without a name. The policy of aethex_app is the constant true, which the
-- planner drops, so that the statements of the hot paths are planned as if there were no walls.
-- A migration that adds a table with an environment_id ends with: SELECT wall_tenant_tables();
CREATE FUNCTION wall_tenant_tables() RETURNS void LANGUAGE plpgsql AS $function$
DECLARE
  bare regclass;
BEGIN
  FOR bare IN
    SELECT c.oid FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'environment_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant_wall')
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', bare);
    EXECUTE format('CREATE POLICY app_passes ON %s TO aethex_app USING (true)', bare);
    EXECUTE format($policy$
      CREATE POLICY tenant_wall ON %s TO aethex_walled
      USING (environment_id = (SELECT nullif(current_setting('aethex.environment_id', true), '')::uuid))
    $policy$, bare);
  END LOOP;
END $function$;
REVOKE EXECUTE ON FUNCTION wall_tenant_tables() FROM PUBLIC;

SELECT wall_tenant_tables();

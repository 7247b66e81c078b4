// Which file may import which. A rule's name is the sentence that was broken.
// Every arrow counts type-only imports too: a type ties two files together just as a value does.

const tests = String.raw`\.test\.ts$`
const testingRooms = String.raw`^(packages|apps)/[^/]+/src/(testing/|test-[^/]+\.ts$)`
const endToEnd = '^infra/e2e/'

// apps/api/src/<wing>/<feature>/…; the gateway is no wing, its rooms are open to every feature.
const feature = '^apps/api/src/(?!gateway/)([^/]+)/([^/]+)/'
const sameFeature = '^apps/api/src/$1/$2/'
const anyFeature = '^apps/api/src/(?!gateway/)[^/]+/[^/]+/'
const floorPlan = String.raw`^apps/api/src/services\.ts$`
const settingsTable = String.raw`^apps/api/src/settings\.ts$`
const playerDataTable = String.raw`^apps/api/src/player-data\.ts$`
const front = String.raw`^apps/api/src/app\.ts$`

const anyOfTheSdk = '^(packages/sdk/|@aethex/sdk(/|$))'
const mergeOfTheSdk = String.raw`^(packages/sdk/dist/merge\.(js|d\.ts)|@aethex/sdk/merge)$`
const stateSchemaOfTheSdk = String.raw`^(packages/sdk/dist/state-schema\.(js|d\.ts)|@aethex/sdk/state-schema)$`

const instead = {
  'every-import-resolves':
    'Correct the path, name the package in package.json, or build what makes the file.',
  'no-circles':
    'Move what both need into a file of its own, or let the later one listen to an event.',
  'apps-do-not-import-apps':
    'Meet the other app over HTTP or the bus, or move the mechanics to packages/shared.',
  'shared-knows-no-app': 'Take it as an argument, or move this file to the app that it is about.',
  'imports-run-one-way':
    'Turn the arrow round or move the code down: infra -> apps -> packages/shared, and only infra/e2e imports an example.',
  'the-sdk-imports-nothing-of-ours':
    'Write it inside packages/sdk/src: a game installs no other package and has no Node.',
  'only-tests-embed-the-sdk':
    'Call the verb or the shared room itself; the SDK is for games, examples and tests. (The API may take @aethex/sdk/merge, it and the relay @aethex/sdk/state-schema.)',
  'examples-speak-only-through-the-sdk':
    "Import '@aethex/sdk' as a studio would; what it lacks, the SDK should offer.",
  'a-feature-is-entered-by-its-service':
    "Import the feature's service.ts. Only a schema.ts may import a schema.ts, services.ts routes.ts and jobs.ts, settings.ts settings.ts, player-data.ts player-data.ts, and app.ts key-ring.ts.",
  'testing-rooms-are-for-tests':
    'Move what is needed out of it: only *.test.ts, testing rooms, infra/e2e and bench go in.',
}

/** A rule may need several arrows; they share its name. */
const arrows = [
  {
    name: 'every-import-resolves',
    from: {},
    // The SDK's package exports lead to its bundle, which need not be built when this is checked.
    to: { couldNotResolve: true, pathNot: '^@aethex/sdk(/|$)' },
  },
  { name: 'no-circles', from: {}, to: { circular: true } },
  {
    name: 'apps-do-not-import-apps',
    from: { path: '^apps/([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'shared-knows-no-app',
    from: { path: '^packages/shared/' },
    to: { path: '^(apps|infra|bench|examples)/' },
  },
  {
    name: 'imports-run-one-way',
    from: { path: '^apps/' },
    to: { path: '^(infra|bench|examples)/' },
  },
  {
    name: 'imports-run-one-way',
    from: { path: '^infra/', pathNot: endToEnd },
    to: { path: '^(bench|examples)/' },
  },
  {
    name: 'the-sdk-imports-nothing-of-ours',
    from: { path: '^packages/sdk/src/', pathNot: [tests, testingRooms] },
    to: { pathNot: '^packages/sdk/src/' },
  },
  {
    name: 'only-tests-embed-the-sdk',
    from: {
      path: '^(apps/(?!console/|api/|relay/)|infra/|packages/shared/)',
      pathNot: [tests, testingRooms, endToEnd],
    },
    to: { path: anyOfTheSdk },
  },
  {
    name: 'only-tests-embed-the-sdk',
    from: { path: '^apps/api/', pathNot: [tests, testingRooms] },
    // Server and game settle a conflict by one and the same code.
    to: { path: anyOfTheSdk, pathNot: [mergeOfTheSdk, stateSchemaOfTheSdk] },
  },
  {
    name: 'only-tests-embed-the-sdk',
    from: { path: '^apps/relay/', pathNot: [tests, testingRooms] },
    // Relay and game pack a declared state by one and the same code.
    to: { path: anyOfTheSdk, pathNot: stateSchemaOfTheSdk },
  },
  {
    name: 'examples-speak-only-through-the-sdk',
    from: { path: '^(examples|apps/console)/' },
    to: { path: '^(apps/(?!console/)|infra/|bench/|packages/shared/|packages/sdk/(?!dist/))' },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    from: { path: feature, pathNot: String.raw`/schema\.ts$` },
    to: { path: anyFeature, pathNot: [sameFeature, String.raw`/service\.ts$`] },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    from: { path: String.raw`${feature}schema\.ts$` },
    to: { path: anyFeature, pathNot: [sameFeature, String.raw`/schema\.ts$`] },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    // A testing room of the app may go behind the door, to forge what no caller could.
    from: {
      path: '^',
      pathNot: [anyFeature, floorPlan, settingsTable, playerDataTable, front, testingRooms],
    },
    to: { path: anyFeature, pathNot: String.raw`/service\.ts$` },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    from: { path: floorPlan },
    to: { path: anyFeature, pathNot: String.raw`/(routes|jobs)\.ts$` },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    from: { path: playerDataTable },
    to: { path: anyFeature, pathNot: String.raw`/player-data\.ts$` },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    from: { path: settingsTable },
    to: { path: anyFeature, pathNot: String.raw`/settings\.ts$` },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    from: { path: front },
    to: { path: anyFeature, pathNot: String.raw`/(service|key-ring)\.ts$` },
  },
  {
    name: 'testing-rooms-are-for-tests',
    from: { path: '^', pathNot: [tests, testingRooms, endToEnd, '^bench/'] },
    to: { path: testingRooms },
  },
]

export default {
  forbidden: arrows.map(arrow => ({ ...arrow, severity: 'error', comment: instead[arrow.name] })),
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '/dist/', '^packages/shared/src/db/client/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
}

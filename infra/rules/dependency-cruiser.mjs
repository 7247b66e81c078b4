// Which file may import which. A rule's name is the sentence that was broken, its comment says what to do instead.
// Every arrow counts type-only imports too: a type ties two files together just as a value does.

const tests = String.raw`\.test\.ts$`
const testingRooms = String.raw`^(packages|apps)/[^/]+/src/(testing/|test-[^/]+\.ts$)`
const endToEnd = '^infra/e2e/'

// apps/api/src/<wing>/<feature>/…; the gateway is no wing, its rooms are open to every feature.
const feature = '^apps/api/src/(?!gateway/)([^/]+)/([^/]+)/'
const sameFeature = '^apps/api/src/$1/$2/'
const insideAnyFeature = '^apps/api/src/(?!gateway/)[^/]+/[^/]+/'

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const forbidden = [
  {
    name: 'every-import-resolves',
    comment:
      'Correct the path, name the package in package.json, or build what generates the file.',
    from: {},
    // The SDK's package exports lead to its bundle, which is built later than this is checked.
    to: { couldNotResolve: true, pathNot: '^@aethex/sdk(/|$)' },
  },
  {
    name: 'no-circles',
    comment: 'Move what both need into a file of its own, or let the later one listen to an event.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'apps-do-not-import-apps',
    comment: 'Meet the other app over HTTP or the bus, or move the mechanics to packages/shared.',
    from: { path: '^apps/([^/]+)/' },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'shared-knows-no-app',
    comment: 'Hand it in as an argument, or move this file to the app that it is about.',
    from: { path: '^packages/shared/' },
    to: { path: '^(apps|infra|bench|examples)/' },
  },
  {
    name: 'imports-run-one-way',
    comment:
      'Arrows run infra -> apps -> packages/shared: turn this one round or move the code down.',
    from: { path: '^apps/' },
    to: { path: '^(infra|bench|examples)/' },
  },
  {
    name: 'imports-run-one-way',
    comment: 'Nothing imports a benchmark or an example: move what is needed to infra.',
    from: { path: '^infra/' },
    to: { path: '^(bench|examples)/' },
  },
  {
    name: 'the-sdk-imports-nothing-of-ours',
    comment: 'Write it inside packages/sdk/src: a game installs no other package and no Node.',
    from: { path: '^packages/sdk/src/', pathNot: [tests, testingRooms] },
    to: { pathNot: '^packages/sdk/src/' },
  },
  {
    name: 'only-tests-embed-the-sdk',
    comment: 'Call the verb or the shared room; the SDK is for games, examples and tests.',
    from: {
      path: '^(apps/(?!console/)|infra/|packages/shared/)',
      pathNot: [tests, testingRooms, endToEnd],
    },
    to: { path: '^(packages/sdk/|@aethex/sdk(/|$))' },
  },
  {
    name: 'examples-speak-only-through-the-sdk',
    comment: "Import '@aethex/sdk', as a studio would; what it lacks, the SDK should offer.",
    from: { path: '^(examples|apps/console)/' },
    to: { path: '^(apps/(?!console/)|infra/|bench/|packages/shared/|packages/sdk/(?!dist/))' },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    comment: "Import the other feature's service.ts; a schema.ts may also import a schema.ts.",
    from: { path: feature, pathNot: String.raw`/schema\.ts$` },
    to: { path: insideAnyFeature, pathNot: [sameFeature, String.raw`/service\.ts$`] },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    comment: "A schema.ts imports only its own feature, other schema.ts and the gateway's shapes.",
    from: { path: String.raw`${feature}schema\.ts$` },
    to: { path: insideAnyFeature, pathNot: [sameFeature, String.raw`/schema\.ts$`] },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    comment:
      'Import its service.ts. Only services.ts reads routes.ts, only app.ts jobs.ts and key-ring.ts.',
    from: {
      path: '^',
      pathNot: [insideAnyFeature, '^apps/api/src/app.ts$', '^apps/api/src/services.ts$'],
    },
    to: { path: insideAnyFeature, pathNot: String.raw`/service\.ts$` },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    comment: 'The floor plan lists routes and nothing else: import its routes.ts.',
    from: { path: '^apps/api/src/services.ts$' },
    to: { path: insideAnyFeature, pathNot: String.raw`/routes\.ts$` },
  },
  {
    name: 'a-feature-is-entered-by-its-service',
    comment: 'app.ts starts things: import its service.ts, jobs.ts or key-ring.ts.',
    from: { path: '^apps/api/src/app.ts$' },
    to: { path: insideAnyFeature, pathNot: String.raw`/(service|jobs|key-ring)\.ts$` },
  },
  {
    name: 'testing-rooms-are-for-tests',
    comment:
      'Only *.test.ts, testing rooms and infra/e2e import a testing room: move what is needed out.',
    from: { path: '^', pathNot: [tests, testingRooms, endToEnd] },
    to: { path: testingRooms },
  },
]

export default {
  forbidden: forbidden.map(rule => ({ severity: 'error', ...rule })),
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '/dist/', '^packages/shared/src/db/client/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
}

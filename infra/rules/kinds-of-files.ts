/** Made by a program: nobody reads it top to bottom, and no rule about writing applies. */
export const isGenerated = (file: string) =>
  /(^|\/)generated\/|(^|\/)(openapi|asyncapi)\.json$|(^|\/)package-lock\.json$/.test(file)

/** Programs and scripts, parsed by the TypeScript compiler. */
export const isCode = (file: string) => /\.([cm]?[jt]s|[jt]sx)$/.test(file) && !isGenerated(file)

export const isTest = (file: string) => /\.test\.tsx?$/.test(file)

/** A test, or a room that only tests enter. */
export const isForTests = (file: string) =>
  isTest(file) || /^infra\/e2e\/|\/src\/(testing\/|test-[^/]+\.ts$)/.test(file)

// Makes dist/: the page, its styles and icon as they are, and the game with the SDK in one script.
import { cpSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

process.chdir(import.meta.dirname)
rmSync('dist', { recursive: true, force: true })

await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  logLevel: 'warning',
})
for (const file of ['index.html', 'style.css', 'match.css', 'icon.svg'])
  cpSync(file, `dist/${file}`)

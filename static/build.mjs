// Builds static/dist/ from static/src/ and node_modules/ (run: npm ci && npm run build).
// The output holds no time, path or address, so the same sources give the same bytes.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");
const source = join(here, "src");
const target = join(here, "dist");

// Icons by name (file names of bootstrap-icons), the only ones a template may use.
const ICONS = [
  "arrow-counterclockwise", "arrow-down", "arrow-right", "arrow-up", "award", "bank", "bar-chart-line", "bell", "box-arrow-right",
  "building", "calendar-event", "chat-left-text", "check-circle-fill", "check-lg", "chevron-down", "chevron-left",
  "chevron-right", "circle", "clipboard-check", "clock-history", "dash-circle", "dash-lg", "download", "exclamation-octagon-fill",
  "exclamation-triangle-fill", "eye", "file-earmark-excel", "file-earmark-pdf", "file-earmark-text", "file-earmark-word", "flag",
  "funnel", "gear", "graph-up", "hourglass-split", "house", "inbox", "info-circle-fill", "journal-text", "key", "link-45deg",
  "list", "list-check", "lock", "paperclip", "pause-circle", "pencil", "people", "person-circle", "play-circle", "plus-lg", "printer",
  "question-circle", "search", "send", "slash-circle", "trash3", "upload", "x-circle-fill", "x-lg",
];

// The icon of each state: <c-badge variant="over"> draws "#state-over".
const STATES = {
  draft: "pencil",
  due: "exclamation-triangle-fill",
  info: "play-circle",
  late: "clock-history",
  muted: "pause-circle",
  neutral: "circle",
  nodata: "dash-circle",
  ok: "check-circle-fill",
  over: "exclamation-octagon-fill",
  returned: "arrow-counterclockwise",
  review: "hourglass-split",
};

const WEIGHTS = ["400", "600", "700"];
const FONT = join(modules, "@fontsource", "be-vietnam-pro");

function symbol(id, icon) {
  const svg = readFileSync(join(modules, "bootstrap-icons", "icons", `${icon}.svg`), "utf8");
  const [, attributes, inner] = svg.match(/<svg([^>]*)>([\s\S]*)<\/svg>/);
  const viewBox = attributes.match(/viewBox="([^"]+)"/)[1];
  return `<symbol id="${id}" viewBox="${viewBox}" fill="currentColor">${inner.replace(/\s*\n\s*/g, "")}</symbol>`;
}

function buildIcons() {
  const symbols = [
    ...ICONS.map((name) => symbol(name, name)),
    ...Object.entries(STATES).map(([state, icon]) => symbol(`state-${state}`, icon)),
  ];
  const notice = "<!-- Bootstrap Icons, Copyright The Bootstrap Authors, MIT licence -->";
  writeFileSync(join(target, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${notice}${symbols.join("")}</svg>\n`);
}

// Copies the woff2 files of the wanted weights and returns their @font-face rules, unicode-range kept.
function buildFonts() {
  mkdirSync(join(target, "fonts"));
  const faces = WEIGHTS.map((weight) =>
    readFileSync(join(FONT, `${weight}.css`), "utf8")
      .replace(/url\(\.\/files\/([^)]+\.woff2)\) format\('woff2'\),\s*url\([^)]+\.woff\) format\('woff'\)/g, (_, file) => {
        cpSync(join(FONT, "files", file), join(target, "fonts", file));
        return `url(fonts/${file}) format('woff2')`;
      }),
  );
  cpSync(join(FONT, "LICENSE"), join(target, "fonts", "OFL.txt"));
  return faces.join("\n").replace(/\/\*.*?\*\//g, "").replace(/\s*\n\s*/g, "");
}

function buildStyles(fontFaces) {
  const { css } = sass.compile(join(source, "scss", "app.scss"), {
    style: "compressed",
    charset: false,
    loadPaths: [modules],
    quietDeps: true,
    // Bootstrap 5.3 is written with @import; its own deprecations are not ours to mend.
    silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"],
  });
  const notice = "/*! Bootstrap 5.3, Copyright The Bootstrap Authors, MIT licence. Be Vietnam Pro: fonts/OFL.txt */";
  writeFileSync(join(target, "app.css"), withoutSourceMaps(`${notice}\n${fontFaces}\n${css}\n`));
}

async function buildScripts() {
  const result = await build({
    absWorkingDir: join(here, ".."),
    entryPoints: ["static/src/js/app.js"],
    bundle: true,
    format: "esm",
    target: "es2020",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    banner: { js: "/*! Bootstrap 5.3 and Popper 2, Copyright their authors, MIT licence */" },
    write: false,
  });
  writeFileSync(join(target, "app.js"), withoutSourceMaps(result.outputFiles[0].text));
}

// A sourceMappingURL without its file stops Django's manifest storage.
function withoutSourceMaps(text) {
  return text.replace(/^\s*(\/\/|\/\*)[#@]\s*sourceMappingURL=.*$/gm, "");
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target);
buildIcons();
buildStyles(buildFonts());
await buildScripts();
console.log(`static/dist: ${readdirSync(target).sort().join(", ")}`);

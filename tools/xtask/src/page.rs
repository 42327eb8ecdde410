//! Builds the page: `dist/` for any static host and the single file that works offline.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use base64::Engine;
use flate2::Compression;
use flate2::write::GzEncoder;
use wasm_bindgen_cli_support::Bindgen;

use crate::pack;
use crate::project;
use crate::setup;
use crate::single;

/// Styles that others build on, in the order in which the browser must read them; the rest follows by name.
const FIRST_STYLES: [&str; 2] = ["tokens.css", "base.css"];

/// What was built.
pub struct Built {
    /// wasm, JavaScript and style: what a visitor waits for.
    pub waited_for: Vec<PathBuf>,
    /// Everything in one file.
    pub single: PathBuf,
}

/// How long a build may take, and how good its program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// What visitors get.
    Release,
    /// For whoever changes the page and wants to see it at once: several times larger, and slower.
    Quick,
}

impl Speed {
    const fn profile(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Quick => "quick",
        }
    }
}

/// Builds the page into `dist/`.
///
/// # Errors
/// When the program does not compile, or a file cannot be read or written; `dist/` is touched only after everything
/// that can fail has been done.
pub fn build(speed: Speed) -> Result<Built> {
    setup::wasm_target()?;
    let wasm = compile(speed)?;
    project::announce(
        "wasm-bindgen",
        "JavaScript that loads the program, as a module and as one inline script",
    );
    let modules = bindgen(&wasm, Glue::Module, speed)?;
    let inline = bindgen(&wasm, Glue::Inline, speed)?;
    let template = read(&project::root().join("index.html"))?;
    let style = style()?;
    let file = single::render(&single::Parts {
        template: &template,
        style: &style,
        assets: &assets()?,
        icon: &read_bytes(&project::root().join("www").join("icon.svg"))?,
        glue: &read(&inline.join("app.js"))?,
        wasm: &read_bytes(&inline.join("app_bg.wasm"))?,
    })?;
    project::announce("dist/", "the same page for a static host, and kafkascope.html for a double click");
    write_dist(&modules, &template, &style, &file)
}

/// The command that compiles the page's program.
pub fn compiler(speed: Speed) -> Command {
    let mut cargo = project::cargo_in_root(&["build", "--profile", speed.profile()]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--package", "kafkascope", "--bin", "web"]);
    cargo
}

fn compile(speed: Speed) -> Result<PathBuf> {
    let profile = speed.profile();
    let mut cargo = compiler(speed);
    let step = format!("cargo build --profile {profile} for wasm32");
    project::step(&step, "the engine and the page, as one program", &mut cargo)?;
    Ok(project::target_dir().join("wasm32-unknown-unknown").join(profile).join("web.wasm"))
}

/// What loads a program, and where that is kept.
#[derive(Clone, Copy)]
pub enum Glue {
    Module,
    Inline,
    /// A module that is no part of the page.
    Bench,
}

/// Makes the JavaScript that loads a program, and packs the program when it is for visitors; answers the folder with both.
pub fn bindgen(wasm: &Path, glue: Glue, speed: Speed) -> Result<PathBuf> {
    let folder = project::target_dir().join("page").join(match glue {
        Glue::Module => "module",
        Glue::Inline => "inline",
        Glue::Bench => "bench",
    });
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("could not empty {}", folder.display()))?;
    }
    let mut bindgen = Bindgen::new();
    bindgen.input_path(wasm).out_name("app").typescript(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    match glue {
        Glue::Module | Glue::Bench => bindgen.web(true)?,
        Glue::Inline => bindgen.no_modules(true)?,
    };
    bindgen.generate(&folder)?;
    if speed == Speed::Release {
        let program = folder.join("app_bg.wasm");
        write(&program, &pack::pack(&read_bytes(&program)?)?)?;
    }
    Ok(folder)
}

fn write_dist(modules: &Path, template: &str, style: &str, single: &str) -> Result<Built> {
    let dist = project::dist_dir();
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| format!("could not empty {}", dist.display()))?;
    }
    copy_tree(modules, &dist)?;
    write(&dist.join("index.html"), template.as_bytes())?;
    write(&dist.join("app.css"), style.as_bytes())?;
    let icon = read_bytes(&project::root().join("www").join("icon.svg"))?;
    write(&dist.join("icon.svg"), &icon)?;
    for (name, bytes) in assets()? {
        write(&dist.join(name), &bytes)?;
    }
    keep_offline(&dist)?;
    let offline = dist.join("kafkascope.html");
    write(&offline, single.as_bytes())?;
    let waited_for = ["app_bg.wasm", "app.js", "app.css", "index.html"].map(|name| dist.join(name)).to_vec();
    Ok(Built { waited_for, single: offline })
}

/// Writes the service worker, with the names of all files before it and a version that changes with their bytes, and
/// what a browser wants to know to install the page.
fn keep_offline(dist: &Path) -> Result<()> {
    let folder = project::root().join("www").join("offline");
    let manifest = "manifest.webmanifest";
    write(&dist.join(manifest), &read_bytes(&folder.join(manifest))?)?;
    let mut files = Vec::new();
    collect(dist, dist, &mut files)?;
    files.sort();
    let mut sum = crc32fast::Hasher::new();
    for file in &files {
        sum.update(&read_bytes(&dist.join(file))?);
    }
    let names: Vec<String> =
        std::iter::once("./").chain(files.iter().map(String::as_str)).map(|f| format!("{f:?}")).collect();
    let worker = read(&folder.join("sw.js"))?
        .replace("%VERSION%", &format!("{:08x}", sum.finalize()))
        .replace("%FILES%", &format!("[{}]", names.join(", ")));
    write(&dist.join("sw.js"), worker.as_bytes())
}

/// The files under a folder, relative to the first one, as an address writes them.
fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Ok(name) = path.strip_prefix(root) {
            files.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// All style sheets as one, tokens first.
fn style() -> Result<String> {
    let folder = project::root().join("www").join("style");
    let mut sheets: Vec<(usize, PathBuf)> = list(&folder)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "css"))
        .map(|path| (style_rank(&path), path))
        .collect();
    sheets.sort();
    let mut all = String::new();
    for (_, path) in &sheets {
        all.push_str(&bare(&read(path)?));
    }
    if all.trim().is_empty() {
        bail!("{} holds no style sheet", folder.display());
    }
    Ok(all)
}

/// A style sheet without what is there for people who read it.
fn bare(style: &str) -> String {
    let mut parts = style.split("/*");
    let mut rules = parts.next().unwrap_or_default().to_string();
    rules.extend(parts.filter_map(|part| part.split_once("*/")).map(|(_, rules)| rules));
    rules.lines().map(str::trim).filter(|line| !line.is_empty()).flat_map(|line| [line, "\n"]).collect()
}

fn style_rank(path: &Path) -> usize {
    let name = path.file_name().unwrap_or_default();
    FIRST_STYLES.iter().position(|first| name == *first).unwrap_or(FIRST_STYLES.len())
}

/// Fonts that the style names, as (`font/NAME`, bytes).
fn assets() -> Result<Vec<(String, Vec<u8>)>> {
    let folder = project::root().join("www").join("font");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for path in list(&folder)? {
        if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            found.push((format!("font/{name}"), read_bytes(&path)?));
        }
    }
    Ok(found)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not list {}", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("could not list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)
                .with_context(|| format!("could not write {}", target.display()))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("could not read {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("could not write {}", path.display()))
}

/// Bytes as gzip at its best level.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Bytes as base64, for a text file.
pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Prints what a visitor downloads: raw, gzip, brotli.
pub fn print_sizes(built: &Built) -> Result<()> {
    println!("{:<18} {:>12} {:>12} {:>12}", "dist/", "raw", "gzip", "brotli");
    let mut sums = [0, 0];
    let mut brotli_sum = Some(0);
    for path in &built.waited_for {
        let bytes = read_bytes(path)?;
        let (gzipped, brotlied) = (gzip(&bytes)?.len(), brotli_size(path));
        sums = [sums[0] + bytes.len(), sums[1] + gzipped];
        brotli_sum = brotli_sum.zip(brotlied).map(|(sum, size)| sum + size);
        print_size(path, bytes.len(), gzipped, brotlied);
    }
    print_size(Path::new("together"), sums[0], sums[1], brotli_sum);
    let single = read_bytes(&built.single)?;
    print_size(&built.single, single.len(), gzip(&single)?.len(), brotli_size(&built.single));
    if brotli_sum.is_none() {
        println!("(brotli is measured by Node, and `node` is not on PATH)");
    }
    Ok(())
}

fn print_size(path: &Path, raw: usize, gzip: usize, brotli: Option<usize>) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let brotli = brotli.map_or_else(|| "?".to_string(), kilobytes);
    println!("{name:<18} {:>12} {:>12} {brotli:>12}", kilobytes(raw), kilobytes(gzip));
}

fn kilobytes(bytes: usize) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}

/// Brotli at its best, by Node's own zlib: no crate is worth a second of build for one number.
fn brotli_size(path: &Path) -> Option<usize> {
    let program = "const z=require('zlib');console.log(z.brotliCompressSync(require('fs').readFileSync(process.argv[1])).length)";
    let output = Command::new("node").arg("-e").arg(program).arg(path).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::bare;
    use super::kilobytes;
    use super::style_rank;

    #[test]
    fn tokens_come_before_everything_that_uses_them() {
        let mut sheets = ["app.css", "tokens.css", "stage.css", "base.css"];
        sheets.sort_by_key(|name| (style_rank(Path::new(name)), *name));
        assert_eq!(sheets, ["tokens.css", "base.css", "app.css", "stage.css"]);
    }

    #[test]
    fn a_visitor_gets_no_comments() {
        assert_eq!(bare("/* why */\na {\n    b: c; /* d */\n}\n\n"), "a {\nb: c;\n}\n");
    }

    #[test]
    fn sizes_are_read_in_kilobytes() {
        assert_eq!(kilobytes(1_234_567), "1234.5 KB");
        assert_eq!(kilobytes(99), "0.0 KB");
    }
}

//! Serves `dist/` on this machine, and rebuilds it when a source file changes.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;

use anyhow::Context;
use anyhow::Result;
use anyhow::anyhow;
use anyhow::bail;
use tiny_http::Header;
use tiny_http::Request;
use tiny_http::Response;

use crate::page;
use crate::project;

const DEFAULT_PORT: u16 = 8092;
const POLL: Duration = Duration::from_millis(400);
/// Asks which build is served and reloads when it is another: only `serve` adds it to the page.
const RELOAD: &str = "<script>{let seen;setInterval(async()=>{try{const id=await(await fetch('/build-id')).text();\
if(seen&&seen!==id)location.reload();seen=id}catch{}},1000)}</script>";

/// `cargo xtask serve [--port N]`: never returns unless something is wrong.
pub fn command(arguments: &[String]) -> Result<()> {
    let port = parse_port(arguments)?;
    // The port first: a build takes a minute, and a taken port is known now.
    let listener = listen(port)?;
    let built = page::build(page::Speed::Release)?;
    page::print_sizes(&built)?;
    let server = Server::start(listener, true)?;
    println!("kafkascope is at {}  (Ctrl+C stops)", server.url);
    open_browser(&server.url);
    watch(&server)
}

fn parse_port(arguments: &[String]) -> Result<u16> {
    let text = match arguments {
        [] => return Ok(DEFAULT_PORT),
        [flag, text] if flag == "--port" => text.as_str(),
        [flag] if flag.starts_with("--port=") => &flag["--port=".len()..],
        _ => {
            bail!("`cargo xtask serve` takes `--port N` and nothing else, and got `{}`", arguments.join(" "))
        }
    };
    text.parse()
        .map_err(|_| anyhow!("`--port {text}`: a port is a number from 0 to 65535 (0 = any free one)"))
}

/// Takes a port of 127.0.0.1; 0 is any free one.
///
/// # Errors
/// When another program holds it.
pub fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "port {port} of 127.0.0.1 is taken by another program: choose another with `cargo xtask serve --port N`"
        ),
        _ => anyhow!("port {port} of 127.0.0.1 cannot be used ({error}): choose another with `--port N`"),
    })
}

/// A server of `dist/` that runs as long as the process.
pub struct Server {
    pub url: String,
    build: Arc<AtomicU64>,
}

impl Server {
    /// Starts answering. With `reloads`, the page reloads itself after a rebuild.
    pub fn start(listener: TcpListener, reloads: bool) -> Result<Self> {
        let url = format!("http://{}/", listener.local_addr()?);
        let http = tiny_http::Server::from_listener(listener, None).map_err(|error| anyhow!("{error}"))?;
        // A restarted server is another build too: begin with a number that no earlier process began with.
        let started = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
        let build = Arc::new(AtomicU64::new(u64::try_from(started)?));
        let seen = Arc::clone(&build);
        std::thread::spawn(move || {
            while let Ok(request) = http.recv() {
                // Each in a thread of its own: a browser may leave one answer half read until it has another.
                let build = seen.load(Ordering::Relaxed);
                std::thread::spawn(move || {
                    let answer = answer(&request, reloads, build);
                    let _ = request.respond(answer); // a visitor who left is not our fault
                });
            }
        });
        Ok(Self { url, build })
    }
}

type Answer = Response<std::io::Cursor<Vec<u8>>>;

fn answer(request: &Request, reloads: bool, build: u64) -> Answer {
    if reloads && request.url() == "/build-id" {
        return respond(200, "text/plain", build.to_string().into_bytes());
    }
    let Some(path) = file_of(&project::dist_dir(), request.url()) else {
        return respond(400, "text/plain", b"not a path of this page\n".to_vec());
    };
    match fs::read(&path) {
        Ok(mut bytes) => {
            if reloads && path.ends_with("index.html") {
                bytes.extend_from_slice(RELOAD.as_bytes());
            }
            respond(200, content_type(&path), bytes)
        }
        Err(_) => {
            respond(404, "text/plain", format!("{} is not part of the page\n", request.url()).into_bytes())
        }
    }
}

fn respond(status: u16, kind: &str, bytes: Vec<u8>) -> Answer {
    let header =
        |name: &str, value: &str| Header::from_bytes(name, value).expect("a header of plain letters");
    Response::from_data(bytes)
        .with_status_code(status)
        .with_header(header("Content-Type", kind))
        .with_header(header("Cache-Control", "no-cache"))
        // A sandboxed frame has no origin of its own, and may load the program all the same.
        .with_header(header("Access-Control-Allow-Origin", "*"))
}

/// The file that a URL names, never one outside the folder.
fn file_of(dist: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?.trim_start_matches('/');
    let path = Path::new(if path.is_empty() { "index.html" } else { path });
    path.components().all(|part| matches!(part, Component::Normal(_))).then(|| dist.join(path))
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm", // else the browser cannot compile while it downloads
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

/// Opens the page when somebody sits in front of this machine.
fn open_browser(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        Some(("open", vec![]))
    } else if cfg!(windows) {
        Some(("cmd", vec!["/C", "start", ""]))
    } else {
        let desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
        (desktop && project::on_path(&["xdg-open"]).is_some()).then(|| ("xdg-open", vec![]))
    };
    if let Some((program, arguments)) = opener {
        let mut command = Command::new(program);
        command.args(arguments).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if command.spawn().is_err() {
            println!("({program} did not open a browser: open the address yourself)");
        }
    }
}

/// Rebuilds when a source changes; a build that fails says so and leaves the last good page.
fn watch(server: &Server) -> Result<()> {
    let mut seen = stamp()?;
    loop {
        std::thread::sleep(POLL);
        let now = stamp()?;
        if now == seen {
            continue;
        }
        seen = now;
        match page::build(page::Speed::Release) {
            Ok(_) => {
                server.build.fetch_add(1, Ordering::Relaxed);
                println!("rebuilt: {} reloads by itself", server.url);
            }
            Err(error) => eprintln!("error: {error:#}\n(the last good page is still served)"),
        }
    }
}

/// Changes when any source does: how many files there are, and when the newest was written.
fn stamp() -> Result<(usize, Option<SystemTime>)> {
    let root = project::root();
    let mut files = Vec::new();
    for name in ["src", "www", "index.html", "Cargo.toml", "Cargo.lock"] {
        collect(&root.join(name), &mut files)?;
    }
    let newest = files.iter().filter_map(|path| path.metadata().ok()?.modified().ok()).max();
    Ok((files.len(), newest))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("could not list {}", path.display()))? {
            collect(&entry?.path(), files)?;
        }
    } else if path.is_file() {
        files.push(path.to_path_buf());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::file_of;
    use super::listen;
    use super::parse_port;

    #[test]
    fn a_url_never_leaves_the_folder() {
        let dist = Path::new("/dist");
        assert_eq!(file_of(dist, "/").unwrap(), dist.join("index.html"));
        assert_eq!(file_of(dist, "/font/a.woff2?v=1").unwrap(), dist.join("font/a.woff2"));
        assert_eq!(file_of(dist, "/../Cargo.toml"), None);
    }

    #[test]
    fn a_taken_port_is_named_with_the_way_out() {
        let first = listen(0).unwrap();
        let port = first.local_addr().unwrap().port();
        let error = listen(port).unwrap_err().to_string();
        assert!(error.contains(&port.to_string()) && error.contains("--port"), "{error}");
    }

    #[test]
    fn ports_are_numbers() {
        let arguments = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(parse_port(&arguments(&["--port", "9000"])).unwrap(), 9000);
        assert_eq!(parse_port(&arguments(&["--port=0"])).unwrap(), 0);
        assert!(parse_port(&arguments(&["--port", "70000"])).unwrap_err().to_string().contains("70000"));
        assert!(parse_port(&arguments(&["9000"])).is_err());
    }
}

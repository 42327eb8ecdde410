//! The single file: the page with its style, fonts, glue and program inside it.
//!
//! The program is gzip in base64, unpacked by the browser's own `DecompressionStream`: a file opened by a double click
//! may fetch nothing, not even its neighbour.

use anyhow::Result;
use anyhow::bail;

use crate::page::base64;
use crate::page::gzip;

/// What goes into the file.
pub struct Parts<'a> {
    /// `index.html`, with the places marked by `<!-- NAME -->` … `<!-- /NAME -->`.
    pub template: &'a str,
    pub style: &'a str,
    /// (path as the style names it, bytes)
    pub assets: &'a [(String, Vec<u8>)],
    pub icon: &'a [u8],
    pub glue: &'a str,
    pub wasm: &'a [u8],
}

/// Unpacks the program and starts it; `boot` is a function of `index.html` that shows what went wrong.
const BOOT: &str = r"boot(async () => {
  if (typeof DecompressionStream !== 'function') throw new Error('this browser has no DecompressionStream');
  const packed = Uint8Array.from(atob(document.getElementById('wasm').textContent), (c) => c.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const module = await WebAssembly.compile(await new Response(unpacked).arrayBuffer());
  await wasm_bindgen({ module_or_path: module });
});";

/// The file's text.
///
/// # Errors
/// When the template has lost one of its marks, or a font that the style names does not exist.
pub fn render(parts: &Parts) -> Result<String> {
    let style = inline_assets(parts.style, parts.assets)?;
    let icon = format!("data:image/svg+xml;base64,{}", base64(parts.icon));
    let head = format!(
        "<link rel=\"icon\" href=\"{icon}\">\n<style>\n{}</style>",
        style.replace("</style", "<\\/style")
    );
    let program = base64(&gzip(parts.wasm)?);
    let boot = format!(
        "<script type=\"application/octet-stream;base64\" id=\"wasm\">{program}</script>\n\
         <script id=\"glue\">{}</script>\n<script>{BOOT}</script>",
        escape_script(parts.glue)
    );
    let page = replace_marked(parts.template, "head", &head)?;
    replace_marked(&page, "boot", &boot)
}

/// Text that may stand between `<script>` and `</script>`.
fn escape_script(text: &str) -> String {
    text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
}

fn replace_marked(page: &str, name: &str, content: &str) -> Result<String> {
    let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let found = page.split_once(&open).and_then(|(before, rest)| Some((before, rest.split_once(&close)?.1)));
    let Some((before, after)) = found else {
        bail!(
            "index.html: the marks {open} and {close} are not there: the single file cannot be built without them"
        );
    };
    Ok(format!("{before}{content}{after}"))
}

/// Puts the bytes of `url(font/NAME)` into the style itself.
fn inline_assets(style: &str, assets: &[(String, Vec<u8>)]) -> Result<String> {
    let mut inlined = style.to_string();
    for (path, bytes) in assets {
        let kind = path.rsplit('.').next().unwrap_or_default();
        let data = format!("url(data:font/{kind};base64,{})", base64(bytes));
        for quoted in [format!("url({path})"), format!("url(\"{path}\")"), format!("url('{path}')")] {
            inlined = inlined.replace(&quoted, &data);
        }
    }
    match inlined
        .find("font/")
        .filter(|at| inlined[..*at].ends_with("url(") || inlined[..*at].ends_with("url(\""))
    {
        Some(at) => {
            let named: String = inlined[at..].chars().take_while(|c| !")\"'".contains(*c)).collect();
            bail!("the style names {named}, and www/{named} does not exist")
        }
        None => Ok(inlined),
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;
    use super::render;

    const TEMPLATE: &str = "<head><!-- head -->old<!-- /head --></head><!-- boot -->old<!-- /boot -->";

    fn parts<'a>(style: &'a str, glue: &'a str, assets: &'a [(String, Vec<u8>)]) -> Parts<'a> {
        Parts { template: TEMPLATE, style, assets, icon: b"<svg/>", glue, wasm: b"\0asm" }
    }

    #[test]
    fn nothing_outside_the_file_is_named() {
        let fonts = [("font/a.woff2".to_string(), vec![1, 2, 3])];
        let file =
            render(&parts("@font-face{src:url(\"font/a.woff2\")}", "let wasm_bindgen;", &fonts)).unwrap();
        assert!(file.contains("src:url(data:font/woff2;base64,AQID)"), "{file}");
        assert!(!file.contains("old") && !file.contains("font/a.woff2"), "{file}");
    }

    #[test]
    fn glue_cannot_close_its_own_script() {
        let file = render(&parts("a{}", "x = '</script>'", &[])).unwrap();
        assert!(file.contains("<script id=\"glue\">x = '<\\/script>'</script>"), "{file}");
    }

    #[test]
    fn a_missing_font_or_mark_is_named() {
        let error = render(&parts("a{src:url(font/none.woff2)}", "", &[])).unwrap_err().to_string();
        assert!(error.contains("www/font/none.woff2"), "{error}");
        let unmarked = Parts { template: "<html>", ..parts("a{}", "", &[]) };
        assert!(render(&unmarked).unwrap_err().to_string().contains("<!-- head -->"));
    }
}

use js_sys::Array;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use web_sys::BlobPropertyBag;
use web_sys::File;
use web_sys::FileList;
use web_sys::HtmlAnchorElement;
use web_sys::Url;

/// A file that the reader picked or dropped; its bytes are still on the reader's disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    pub name: String,
    pub size: u64,
    file: File,
}

impl Picked {
    pub fn new(file: File) -> Self {
        Self { name: file.name(), size: file.size() as u64, file }
    }

    /// All files of a list.
    pub fn all(list: Option<FileList>) -> Vec<Self> {
        let Some(list) = list else { return Vec::new() };
        (0..list.length()).filter_map(|at| list.get(at)).map(Self::new).collect()
    }

    /// Its name with the directories in front of it, when the reader chose a directory.
    pub fn path(&self) -> String {
        let path = js_sys::Reflect::get(&self.file, &"webkitRelativePath".into()).ok();
        path.and_then(|path| path.as_string())
            .filter(|path| !path.is_empty())
            .unwrap_or_else(|| self.name.clone())
    }
}

/// Reads a part of a file.
///
/// # Errors
/// When the browser cannot read it any more: moved, changed, or not permitted.
pub async fn read_slice(picked: &Picked, from: u64, to: u64) -> Result<Vec<u8>, String> {
    let slice = picked.file.slice_with_f64_and_f64(from as f64, to.min(picked.size) as f64);
    let failed = |_| format!("{}: the browser could not read it; choose the file again", picked.name);
    let buffer = JsFuture::from(slice.map_err(failed)?.array_buffer()).await.map_err(failed)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Lets the reader save bytes as a file; false where the browser forbids it.
pub fn save_file(name: &str, bytes: &[u8], kind: &str) -> bool {
    offer(name, bytes, kind).is_some()
}

fn offer(name: &str, bytes: &[u8], kind: &str) -> Option<()> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    save_blob(name, &blob)
}

/// Lets the reader save what the browser holds as a file; `None` where the browser forbids it.
pub fn save_blob(name: &str, blob: &Blob) -> Option<()> {
    let address = Url::create_object_url_with_blob(blob).ok()?;
    let document = web_sys::window()?.document()?;
    let link = document.create_element("a").ok()?.dyn_into::<HtmlAnchorElement>().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    let _ = Url::revoke_object_url(&address);
    Some(())
}

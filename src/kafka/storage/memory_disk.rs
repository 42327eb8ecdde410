use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bytes::Bytes;
use bytes::BytesMut;

use crate::kafka::storage::Disk;
use crate::kafka::storage::DiskError;

/// A disk in memory: what tests and measurements put under a log. It never fails and never forgets.
///
/// Appended bytes are kept as they come, zeros at the end of a file cost nothing.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct MemoryDisk {
    /// What the clock of this machine shows, in milliseconds since 1970: the modification time of what is written next.
    pub now_ms: i64,
    files: BTreeMap<String, File>,
    dirs: BTreeSet<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Hash)]
struct File {
    content: Content,
    len: u64,
    modified_ms: i64,
}

/// A file that was only ever appended to keeps its pieces; any other is one piece. Both may be shorter than the file:
/// the rest is zeros.
#[derive(Clone, Debug, PartialEq, Hash)]
enum Content {
    Pieces(Vec<(u64, Bytes)>),
    Flat(Vec<u8>),
}

impl Default for Content {
    fn default() -> Self {
        Self::Pieces(Vec::new())
    }
}

impl File {
    fn append(&mut self, bytes: Bytes) {
        let at = self.len;
        self.len += bytes.len() as u64;
        match &mut self.content {
            Content::Pieces(pieces) => pieces.push((at, bytes)),
            Content::Flat(flat) => {
                flat.resize(at as usize, 0);
                flat.extend_from_slice(&bytes);
            }
        }
    }

    fn write_at(&mut self, pos: u64, bytes: &[u8]) {
        let end = pos as usize + bytes.len();
        if let Content::Pieces(pieces) = &self.content {
            let written = pieces.last().map_or(0, |(at, piece)| at + piece.len() as u64);
            self.content = Content::Flat(self.read(0, written as usize).to_vec());
        }
        if let Content::Flat(flat) = &mut self.content {
            if flat.len() < end {
                flat.resize(end, 0);
            }
            flat[pos as usize..end].copy_from_slice(bytes);
        }
        self.len = self.len.max(end as u64);
    }

    fn set_len(&mut self, len: u64) {
        self.len = len;
        match &mut self.content {
            Content::Pieces(pieces) => {
                pieces.retain(|(at, _)| *at < len);
                if let Some((at, last)) = pieces.last_mut() {
                    last.truncate((len - *at).try_into().unwrap_or(usize::MAX));
                }
            }
            Content::Flat(flat) => flat.truncate(len as usize),
        }
    }

    fn read(&self, pos: u64, len: usize) -> Bytes {
        let end = self.len.min(pos.saturating_add(len as u64));
        if pos >= end {
            return Bytes::new();
        }
        match &self.content {
            Content::Pieces(pieces) => read_pieces(pieces, pos, end),
            Content::Flat(flat) => {
                let mut out = BytesMut::zeroed((end - pos) as usize);
                let have = (flat.len() as u64).min(end);
                if pos < have {
                    out[..(have - pos) as usize].copy_from_slice(&flat[pos as usize..have as usize]);
                }
                out.freeze()
            }
        }
    }
}

fn read_pieces(pieces: &[(u64, Bytes)], pos: u64, end: u64) -> Bytes {
    let first = pieces.partition_point(|(at, piece)| at + piece.len() as u64 <= pos);
    if let Some((at, piece)) = pieces.get(first)
        && *at <= pos
        && end <= at + piece.len() as u64
    {
        return piece.slice((pos - at) as usize..(end - at) as usize);
    }
    let mut out = BytesMut::zeroed((end - pos) as usize);
    for (at, piece) in pieces[first..].iter().take_while(|(at, _)| *at < end) {
        let (from, to) = ((*at).max(pos), (at + piece.len() as u64).min(end));
        let source = &piece[(from - at) as usize..(to - at) as usize];
        out[(from - pos) as usize..(to - pos) as usize].copy_from_slice(source);
    }
    out.freeze()
}

impl MemoryDisk {
    pub fn new(now_ms: i64) -> Self {
        Self { now_ms, ..Self::default() }
    }

    /// Every file below a directory with its bytes, by name.
    pub fn image(&self, dir: &str) -> BTreeMap<String, Bytes> {
        let read = |name: String| {
            let file = &self.files[&format!("{dir}/{name}")];
            let bytes = file.read(0, file.len as usize);
            (name, bytes)
        };
        self.list(dir).into_iter().map(read).collect()
    }

    /// Makes a directory hold exactly these files, all modified now.
    pub fn restore(&mut self, dir: &str, image: &BTreeMap<String, Bytes>) {
        self.files.retain(|path, _| !is_in(path, dir));
        self.dirs.insert(dir.to_owned());
        for (name, bytes) in image {
            let mut file = File { modified_ms: self.now_ms, ..File::default() };
            file.append(bytes.clone());
            self.files.insert(format!("{dir}/{name}"), file);
        }
    }

    fn touch(&mut self, path: &str) -> &mut File {
        let now_ms = self.now_ms;
        if !self.files.contains_key(path) {
            self.files.insert(path.to_owned(), File::default());
        }
        let file = self.files.get_mut(path).expect("it was just made");
        file.modified_ms = now_ms;
        file
    }
}

fn is_in(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

impl Disk for MemoryDisk {
    fn len(&self, path: &str) -> Option<u64> {
        self.files.get(path).map(|file| file.len)
    }

    fn list(&self, dir: &str) -> Vec<String> {
        let names = self.files.keys().filter_map(|path| path.strip_prefix(dir)?.strip_prefix('/'));
        names.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }

    fn dirs(&self) -> Vec<String> {
        self.dirs.iter().cloned().collect()
    }

    fn read(&mut self, path: &str, pos: u64, len: usize) -> Result<Bytes, DiskError> {
        let file = self.files.get(path).ok_or_else(|| DiskError::NotFound(path.to_owned()))?;
        Ok(file.read(pos, len))
    }

    fn append(&mut self, path: &str, bytes: Bytes) -> Result<(), DiskError> {
        self.touch(path).append(bytes);
        Ok(())
    }

    fn write_at(&mut self, path: &str, pos: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.touch(path).write_at(pos, bytes);
        Ok(())
    }

    fn set_len(&mut self, path: &str, len: u64) -> Result<(), DiskError> {
        self.touch(path).set_len(len);
        Ok(())
    }

    fn flush(&mut self, _path: &str) -> Result<(), DiskError> {
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        let file = self.files.remove(from).ok_or_else(|| DiskError::NotFound(from.to_owned()))?;
        self.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&mut self, path: &str) -> Result<(), DiskError> {
        self.files.remove(path);
        Ok(())
    }

    fn create_dir(&mut self, dir: &str) -> Result<(), DiskError> {
        self.dirs.insert(dir.to_owned());
        Ok(())
    }

    fn rename_dir(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        if !self.dirs.remove(from) {
            return Err(DiskError::NotFound(from.to_owned()));
        }
        self.dirs.insert(to.to_owned());
        let moved: Vec<String> = self.files.keys().filter(|path| is_in(path, from)).cloned().collect();
        for path in moved {
            let file = self.files.remove(&path).expect("it was just listed");
            self.files.insert(format!("{to}{}", &path[from.len()..]), file);
        }
        Ok(())
    }

    fn remove_dir(&mut self, dir: &str) -> Result<(), DiskError> {
        self.dirs.remove(dir);
        self.files.retain(|path, _| !is_in(path, dir));
        Ok(())
    }

    fn modified_ms(&self, path: &str) -> Option<i64> {
        self.files.get(path).map(|file| file.modified_ms)
    }

    fn set_modified_ms(&mut self, path: &str, ms: i64) {
        if let Some(file) = self.files.get_mut(path) {
            file.modified_ms = ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_end_of_a_file_are_read_and_cut_like_bytes() {
        let mut disk = MemoryDisk::new(7);
        disk.set_len("a/x", 1 << 40).unwrap();
        disk.write_at("a/x", 4, &[1, 2]).unwrap();
        assert_eq!(disk.read("a/x", 2, 6).unwrap(), [0, 0, 1, 2, 0, 0][..]);
        disk.set_len("a/x", 5).unwrap();
        disk.append("a/x", Bytes::from_static(&[9])).unwrap();
        assert_eq!(disk.read("a/x", 0, 100).unwrap(), [0, 0, 0, 0, 1, 9][..]);
        assert_eq!(disk.modified_ms("a/x"), Some(7));
    }

    #[test]
    fn appended_bytes_are_shared_not_copied() {
        let mut disk = MemoryDisk::default();
        let bytes = Bytes::from(vec![5; 1000]);
        disk.append("a/x", bytes.clone()).unwrap();
        disk.append("a/x", Bytes::from_static(b"tail")).unwrap();
        assert_eq!(disk.read("a/x", 10, 20).unwrap().as_ptr(), bytes[10..].as_ptr());
        assert_eq!(disk.read("a/x", 998, 4).unwrap(), [5, 5, b't', b'a'][..]);
        disk.set_len("a/x", 1001).unwrap();
        assert_eq!(disk.read("a/x", 999, 9).unwrap(), [5, b't'][..]);
    }
}

//! The protocol's requests, as acts on the folder.
//!
//! Files are on a local disk and requests of one client come one after the other, so they are served where they
//! are read, without a thread of their own.

use std::{
    collections::HashMap,
    fs::{self, OpenOptions},
    io,
    os::unix::fs::FileExt,
};

use russh_sftp::{
    extensions::LIMITS,
    protocol::{
        Attrs, Data, ExtendedReply, File, FileAttributes, Handle, Name, OpenFlags, Packet, Status,
        StatusCode, Version,
    },
    server::Handler,
};

use crate::{
    confined::{self, Confined},
    listing::{attributes, entries, status},
};

/// Most bytes of one packet and of one read, as OpenSSH has them.
const MAX_PACKET: u64 = 256 * 1024;
const MAX_READ: u32 = 255 * 1024;
/// Entries in one answer about a folder, as OpenSSH has them.
const ENTRIES_AT_ONCE: usize = 100;

pub(crate) struct Files {
    confined: Confined,
    max_read: u32,
    open: HashMap<String, Open>,
    opened: u64,
}

enum Open {
    File(fs::File),
    /// What of the folder was not told yet.
    Folder(std::vec::IntoIter<File>),
}

impl Files {
    pub(crate) fn new(confined: Confined, max_read: Option<u32>) -> Self {
        Self {
            confined,
            max_read: max_read.unwrap_or(MAX_READ).min(MAX_READ),
            open: HashMap::new(),
            opened: 0,
        }
    }

    fn keep(&mut self, id: u32, open: Open) -> Handle {
        self.opened += 1;
        let handle = self.opened.to_string();
        self.open.insert(handle.clone(), open);
        Handle { id, handle }
    }

    fn file(&self, handle: &str) -> Result<&fs::File, StatusCode> {
        match self.open.get(handle) {
            Some(Open::File(file)) => Ok(file),
            _ => Err(StatusCode::Failure),
        }
    }
}

impl Handler for Files {
    type Error = StatusCode;

    fn unimplemented(&self) -> StatusCode {
        StatusCode::OpUnsupported
    }

    async fn init(
        &mut self,
        _version: u32,
        _extensions: HashMap<String, String>,
    ) -> Result<Version, StatusCode> {
        let mut version = Version::new();
        version.extensions.insert(LIMITS.into(), "1".into());
        Ok(version)
    }

    async fn extended(
        &mut self,
        id: u32,
        request: String,
        _data: Vec<u8>,
    ) -> Result<Packet, StatusCode> {
        if request != LIMITS {
            return Err(StatusCode::OpUnsupported);
        }
        // Packet, read, write, open handles (0: no limit). A test's shorter reads are not announced.
        let limits = [MAX_PACKET, u64::from(MAX_READ), u64::from(MAX_READ), 0];
        let data = limits.iter().flat_map(|limit| limit.to_be_bytes());
        Ok(ExtendedReply {
            id,
            data: data.collect(),
        }
        .into())
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, StatusCode> {
        let files = vec![File::dummy(confined::normal(&path)?)];
        Ok(Name { id, files })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        let real = self.confined.target(&path)?;
        let attrs = attributes(&fs::metadata(real).map_err(told)?);
        Ok(Attrs { id, attrs })
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        let real = self.confined.entry(&path)?;
        let attrs = attributes(&fs::symlink_metadata(real).map_err(told)?);
        Ok(Attrs { id, attrs })
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusCode> {
        let attrs = attributes(&self.file(&handle)?.metadata().map_err(told)?);
        Ok(Attrs { id, attrs })
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusCode> {
        let entries = entries(&self.confined.target(&path)?).map_err(told)?;
        Ok(self.keep(id, Open::Folder(entries.into_iter())))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusCode> {
        let Some(Open::Folder(entries)) = self.open.get_mut(&handle) else {
            return Err(StatusCode::Failure);
        };
        let files: Vec<File> = entries.take(ENTRIES_AT_ONCE).collect();
        if files.is_empty() {
            return Err(StatusCode::Eof);
        }
        Ok(Name { id, files })
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        flags: OpenFlags,
        _attrs: FileAttributes,
    ) -> Result<Handle, StatusCode> {
        let real = self.confined.target(&filename)?;
        let file = OpenOptions::from(flags).open(real).map_err(told)?;
        if file.metadata().map_err(told)?.is_dir() {
            return Err(StatusCode::Failure);
        }
        Ok(self.keep(id, Open::File(file)))
    }

    async fn read(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        len: u32,
    ) -> Result<Data, StatusCode> {
        let file = self.file(&handle)?;
        let mut data = vec![0; len.min(self.max_read) as usize];
        let read = file.read_at(&mut data, offset).map_err(told)?;
        if read == 0 {
            return Err(StatusCode::Eof);
        }
        data.truncate(read);
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, StatusCode> {
        let file = self.file(&handle)?;
        file.write_all_at(&data, offset).map_err(told)?;
        Ok(done(id))
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusCode> {
        self.open
            .remove(&handle)
            .map(|_closed| done(id))
            .ok_or(StatusCode::Failure)
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, StatusCode> {
        fs::remove_file(self.confined.entry(&filename)?).map_err(told)?;
        Ok(done(id))
    }

    /// Never onto something that exists: so the protocol's version 3 has it.
    async fn rename(
        &mut self,
        id: u32,
        oldpath: String,
        newpath: String,
    ) -> Result<Status, StatusCode> {
        let (old, new) = (
            self.confined.entry(&oldpath)?,
            self.confined.entry(&newpath)?,
        );
        if fs::symlink_metadata(&new).is_ok() {
            return Err(StatusCode::Failure);
        }
        fs::rename(old, new).map_err(told)?;
        Ok(done(id))
    }

    async fn mkdir(
        &mut self,
        id: u32,
        path: String,
        _attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        fs::create_dir(self.confined.target(&path)?).map_err(told)?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, StatusCode> {
        fs::remove_dir(self.confined.target(&path)?).map_err(told)?;
        Ok(done(id))
    }
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: String::new(),
        language_tag: String::new(),
    }
}

fn told(error: io::Error) -> StatusCode {
    status(&error)
}

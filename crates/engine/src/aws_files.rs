//! The AWS configuration files, read as botocore and the AWS CLI read them. Pure: the bytes come from the caller.
//!
//! Where one line makes botocore refuse a whole file, the other sections still count here, and the line is a fault of
//! its own section. `tests/aws_files` compares the two readers.

mod ini;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use ini::{Document, Flaw, Property, RawSection, Value};
pub(crate) use words::split as split_words;

/// What both files say.
#[derive(Default, Clone)]
pub(crate) struct AwsFiles {
    /// By name. What the credentials file says counts over what the configuration file says.
    pub profiles: BTreeMap<String, Section>,
    pub sso_sessions: BTreeMap<String, Section>,
    pub services: BTreeMap<String, Section>,
    /// What is wrong outside of these sections.
    pub faults: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AwsFile {
    Config,
    Credentials,
}

/// One section, of both files. Its values may be secret, so `Debug` leaves them out.
#[derive(Clone)]
pub(crate) struct Section {
    /// Where it begins first.
    pub place: Place,
    /// Lines that cannot be read: the section is not to be used.
    pub faults: Vec<Fault>,
    config: BTreeMap<String, Property>,
    credentials: BTreeMap<String, Property>,
    /// The file of the credentials, if the section is in it.
    second: Option<Arc<Path>>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub file: Arc<Path>,
    pub line: usize,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub place: Place,
    /// A sentence that says what to do.
    pub words: String,
}

impl AwsFiles {
    /// Reads the contents of the files; a file that does not exist is `None`.
    pub fn read(config: Option<(&Path, &[u8])>, credentials: Option<(&Path, &[u8])>) -> Self {
        let mut files = Self::default();
        if let Some((path, bytes)) = config {
            let path: Arc<Path> = path.into();
            let Document { sections, flaws } = ini::parse(bytes);
            files.faults.extend(faults(&path, flaws));
            for section in sections {
                files.add_of_config(&path, section);
            }
        }
        if let Some((path, bytes)) = credentials {
            let path: Arc<Path> = path.into();
            let Document { sections, flaws } = ini::parse(bytes);
            files.faults.extend(faults(&path, flaws));
            for raw in sections {
                files.add_of_credentials(&path, raw);
            }
        }
        files
    }

    /// botocore looks at how a name begins, divides it like a shell, and takes the second of two words.
    fn add_of_config(&mut self, path: &Arc<Path>, raw: RawSection) {
        let kinds = [
            ("profile", &mut self.profiles),
            ("sso-session", &mut self.sso_sessions),
            ("services", &mut self.services),
        ];
        let kind = kinds.into_iter().find(|(kind, _)| raw.name.starts_with(kind));
        let (name, list) = match kind {
            Some((_, list)) => match split_words(&raw.name).as_deref() {
                Some([_, name]) => (name.clone(), list),
                _ => return self.leave_out(path, raw),
            },
            None if raw.name == "default" => ("default".to_owned(), &mut self.profiles),
            None => return self.leave_out(path, raw),
        };
        let mut section = Section {
            place: Place { file: path.clone(), line: raw.line },
            faults: faults(path, raw.flaws).collect(),
            config: raw.properties,
            credentials: BTreeMap::new(),
            second: None,
        };
        // Of two headers for one name, such as [default] and [profile default], the later one counts.
        if let Some(earlier) = list.remove(&name) {
            section.faults.splice(0..0, earlier.faults);
        }
        list.insert(name, section);
    }

    fn add_of_credentials(&mut self, path: &Arc<Path>, raw: RawSection) {
        let section = self.profiles.entry(raw.name).or_insert_with(|| Section {
            place: Place { file: path.clone(), line: raw.line },
            faults: Vec::new(),
            config: BTreeMap::new(),
            credentials: BTreeMap::new(),
            second: None,
        });
        section.faults.extend(faults(path, raw.flaws));
        section.credentials = raw.properties;
        section.second = Some(path.clone());
    }

    /// A section that is no profile, session or group of services. It is told if it was meant to be one.
    fn leave_out(&mut self, path: &Arc<Path>, raw: RawSection) {
        self.faults.extend(faults(path, raw.flaws));
        let meant = raw.name.trim_start();
        let kind = ["profile", "sso-session", "services"].into_iter().find(|kind| {
            let rest = meant.to_ascii_lowercase().strip_prefix(kind).map(str::to_owned);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
        });
        let name = raw.name.trim();
        let words = match kind {
            Some(kind) => {
                let rest = meant[kind.len()..].trim();
                match rest {
                    "" => format!("The section [{name}] has no name. Write it as [{kind} NAME]."),
                    _ => {
                        let plain: String = rest.chars().filter(|c| !matches!(c, '"' | '\\')).collect();
                        let example = if plain.contains([' ', '\t', '\'']) {
                            format!("[{kind} \"{plain}\"]")
                        } else {
                            format!("[{kind} {plain}]")
                        };
                        format!("The section [{}] is not read. Write it as {example}.", raw.name)
                    }
                }
            }
            None if name.eq_ignore_ascii_case("default") => {
                format!("The section [{}] is not a profile. Write it as [default].", raw.name)
            }
            None if raw.properties.keys().any(|key| is_of_profile(key)) => format!(
                "The section [{name}] is not a profile here: only the credentials file takes a name by itself. Write it as \
                 [profile {name}]."
            ),
            None => return,
        };
        self.faults.push(Fault { place: Place { file: path.clone(), line: raw.line }, words });
    }
}

/// A property that only profiles have.
fn is_of_profile(key: &str) -> bool {
    let starts = ["aws_access_key_id", "role_arn", "sso_", "credential_", "login_session", "source_profile"];
    starts.iter().any(|start| key.starts_with(start))
}

impl Section {
    /// The value of a property; none for one that has a block below it.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.get_in(AwsFile::Credentials, key).or_else(|| match self.credentials.get(key) {
            Some(_) => None,
            None => self.get_in(AwsFile::Config, key),
        })
    }

    /// The value that one of the files has.
    pub fn get_in(&self, file: AwsFile, key: &str) -> Option<&str> {
        match &self.of(file).get(key)?.value {
            Value::Text(text) => Some(text),
            Value::Nested(_) => None,
        }
    }

    /// Whether the section has this property, of whatever kind.
    pub fn has(&self, key: &str) -> bool {
        self.property(key).is_some()
    }

    pub fn has_in(&self, file: AwsFile, key: &str) -> bool {
        self.of(file).contains_key(key)
    }

    /// A value of the block below a property.
    pub fn nested(&self, key: &str, inner: &str) -> Option<&str> {
        match &self.property(key)?.value {
            Value::Nested(block) => block.get(inner).map(|(text, _)| text.as_str()),
            Value::Text(_) => None,
        }
    }

    /// Where the value of a property begins.
    pub fn place_of(&self, key: &str) -> Option<Place> {
        let file = self.second.as_ref().filter(|_| self.credentials.contains_key(key));
        let file = file.unwrap_or(&self.place.file).clone();
        Some(Place { file, line: self.property(key)?.line })
    }

    /// Where a value of a block stands.
    pub fn place_of_nested(&self, key: &str, inner: &str) -> Option<Place> {
        match &self.property(key)?.value {
            Value::Nested(block) => Some(Place { line: block.get(inner)?.1, ..self.place_of(key)? }),
            Value::Text(_) => None,
        }
    }

    /// All properties, each with its value or the values below it.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let more = self.credentials.keys().filter(|key| !self.config.contains_key(*key));
        self.config.keys().chain(more).map(String::as_str)
    }

    /// The names in the block below a property.
    #[cfg(test)]
    pub fn nested_keys(&self, key: &str) -> impl Iterator<Item = &str> {
        let block = self.property(key).and_then(|property| match &property.value {
            Value::Nested(block) => Some(block),
            Value::Text(_) => None,
        });
        block.into_iter().flat_map(|block| block.keys().map(String::as_str))
    }

    fn property(&self, key: &str) -> Option<&Property> {
        self.credentials.get(key).or_else(|| self.config.get(key))
    }

    fn of(&self, file: AwsFile) -> &BTreeMap<String, Property> {
        match file {
            AwsFile::Config => &self.config,
            AwsFile::Credentials => &self.credentials,
        }
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.keys()).finish()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}, line {}", self.file.display(), self.line)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.words)
    }
}

fn faults(path: &Arc<Path>, flaws: Vec<(usize, Flaw)>) -> impl Iterator<Item = Fault> {
    let place = |line| Place { file: path.clone(), line };
    flaws.into_iter().map(move |(line, flaw)| Fault { place: place(line), words: flaw.to_string() })
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::ByteOrderMark => {
                "The file begins with a byte order mark, and the AWS CLI reads no such file. Save it as UTF-8 without one."
            }
            Self::NotUtf8 => "The line is not UTF-8. Save the file as UTF-8.",
            Self::OutsideOfSections => {
                "The line is before the first section. Put it below a header such as [default]."
            }
            Self::RepeatedSection { first } => {
                return write!(
                    formatter,
                    "The section was already in line {first}. Put its lines into one section."
                );
            }
            Self::RepeatedKey { key, first } => {
                return write!(formatter, "{key} was already set in line {first}. Remove one of them.");
            }
            Self::NoDelimiter => "The line has no =. Write it as NAME = VALUE, or remove it.",
            Self::NoKey => "The line has no name before its =. Write it as NAME = VALUE, or remove it.",
            Self::NotNested => {
                "The line is in a block of indented lines and has no =. Write it as NAME = VALUE, or remove it."
            }
        };
        formatter.write_str(words)
    }
}

#[cfg(test)]
mod tests;

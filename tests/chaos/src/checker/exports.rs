//! What must hold of the exports: every row of every file exactly once, in its table or among the rejects.

use std::collections::{BTreeMap, BTreeSet};

use super::{Violation, Wrong};

/// Where a file's rows belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Loaded,
    Quarantined,
}

/// A file as it was last on the server.
#[derive(Clone, Debug)]
pub struct Expected {
    /// As seen over SFTP.
    pub path: String,
    pub table: String,
    pub fate: Fate,
    /// The ids of its good rows; none where only their number is known.
    pub ids: BTreeSet<String>,
    /// Its good rows.
    pub rows: u64,
    /// Its broken rows.
    pub broken: u64,
}

/// What the tables and the command line tell.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// File, id, how often.
    pub rows: Vec<(String, String, u64)>,
    /// Rows by file.
    pub counts: BTreeMap<String, u64>,
    /// Line numbers of rejected rows, by file.
    pub rejects: BTreeMap<String, Vec<u64>>,
    /// The newest state of each file.
    pub states: BTreeMap<String, String>,
}

/// Everything that is wrong with the exports.
pub fn check_exports(expected: &[Expected], found: &Found) -> Vec<Violation> {
    let mut all = Vec::new();
    for file in expected {
        let mut wrong = |wrong, what: String| {
            all.push(Violation {
                wrong,
                agent: file.table.clone(),
                place: file.path.clone(),
                what,
                trail: Vec::new(),
            });
        };
        let state = found
            .states
            .get(&file.path)
            .map_or("unknown", String::as_str);
        match (file.fate, state) {
            (Fate::Loaded, "loaded" | "unchanged") | (Fate::Quarantined, "quarantined") => {}
            _ => wrong(Wrong::FileUnsettled, format!("it is {state}")),
        }
        rows(file, found, &mut wrong);
        let lines = found.rejects.get(&file.path);
        let lines = lines.map(Vec::as_slice).unwrap_or_default();
        let distinct: BTreeSet<_> = lines.iter().collect();
        let count = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        if count != file.broken || distinct.len() != lines.len() {
            let (broken, distinct) = (file.broken, distinct.len());
            let what = format!("{broken} broken rows, {count} rejects of {distinct} lines");
            wrong(Wrong::RejectsDiffer, what);
        }
    }
    all
}

fn rows(file: &Expected, found: &Found, wrong: &mut impl FnMut(Wrong, String)) {
    let count = found.counts.get(&file.path).copied().unwrap_or(0);
    if file.ids.is_empty() {
        match count.cmp(&file.rows) {
            std::cmp::Ordering::Less => {
                wrong(Wrong::RowMissing, format!("{count} of {} rows", file.rows));
            }
            std::cmp::Ordering::Greater => {
                wrong(Wrong::RowDoubled, format!("{count} rows for {}", file.rows));
            }
            std::cmp::Ordering::Equal => {}
        }
        return;
    }
    let mut missing = file.ids.clone();
    let (mut doubled, mut invented) = (0, 0);
    let of_it = found.rows.iter().filter(|(path, ..)| *path == file.path);
    for (_, id, times) in of_it {
        match (missing.remove(id), times) {
            (true, 1) => {}
            (true, _) => doubled += 1,
            (false, _) => invented += 1,
        }
    }
    let rows = file.ids.len();
    if !missing.is_empty() {
        wrong(
            Wrong::RowMissing,
            format!("{} of {rows} rows", missing.len()),
        );
    }
    if doubled > 0 {
        wrong(Wrong::RowDoubled, format!("{doubled} of {rows} rows"));
    }
    if invented > 0 {
        wrong(Wrong::RowInvented, format!("{invented} rows beside {rows}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Expected {
        Expected {
            path: "/export/tag/1.csv".into(),
            table: "tags".into(),
            fate: Fate::Loaded,
            ids: ["a", "b"].map(String::from).into(),
            rows: 2,
            broken: 1,
        }
    }

    fn found() -> Found {
        let path = file().path;
        Found {
            rows: vec![(path.clone(), "a".into(), 1), (path.clone(), "b".into(), 1)],
            counts: [(path.clone(), 2)].into(),
            rejects: [(path.clone(), vec![3])].into(),
            states: [(path, "loaded".into())].into(),
        }
    }

    fn wrongs(file: &Expected, found: &Found) -> Vec<Wrong> {
        let all = check_exports(std::slice::from_ref(file), found);
        all.iter().map(|violation| violation.wrong).collect()
    }

    #[test]
    fn a_file_whose_rows_are_all_there_once_is_right() {
        assert_eq!(wrongs(&file(), &found()), []);
    }

    #[test]
    fn a_missing_a_doubled_and_an_invented_row_are_each_found() {
        let mut missing = found();
        missing.rows.pop();
        assert_eq!(wrongs(&file(), &missing), [Wrong::RowMissing]);
        let mut doubled = found();
        doubled.rows[0].2 = 2;
        assert_eq!(wrongs(&file(), &doubled), [Wrong::RowDoubled]);
        let mut invented = found();
        invented.rows.push((file().path, "c".into(), 1));
        assert_eq!(wrongs(&file(), &invented), [Wrong::RowInvented]);
    }

    #[test]
    fn a_broken_row_that_is_kept_twice_or_not_at_all_is_found() {
        for lines in [vec![], vec![3, 3]] {
            let mut differing = found();
            differing.rejects.insert(file().path, lines);
            assert_eq!(wrongs(&file(), &differing), [Wrong::RejectsDiffer]);
        }
    }

    #[test]
    fn a_file_of_which_only_the_number_of_rows_is_known_is_counted() {
        let counted = Expected {
            ids: BTreeSet::new(),
            rows: 3,
            ..file()
        };
        assert_eq!(wrongs(&counted, &found()), [Wrong::RowMissing]);
        let counted = Expected { rows: 1, ..counted };
        assert_eq!(wrongs(&counted, &found()), [Wrong::RowDoubled]);
    }

    #[test]
    fn a_poison_file_belongs_into_quarantine_and_a_good_one_does_not() {
        let poison = Expected {
            fate: Fate::Quarantined,
            ..file()
        };
        assert_eq!(wrongs(&poison, &found()), [Wrong::FileUnsettled]);
        let mut quarantined = found();
        quarantined.states.insert(file().path, "quarantined".into());
        assert_eq!(wrongs(&file(), &quarantined), [Wrong::FileUnsettled]);
    }
}

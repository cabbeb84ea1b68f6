//! A table in memory: items by pk and sk.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::attribute::{Attribute, Item, size};
use super::refusal::Refusal;

/// The most bytes of items that one page of a query or scan looks at.
const PAGE_BYTES: usize = 1024 * 1024;

/// pk and sk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    /// The key in an item, or in what is asked for by key.
    pub(crate) fn of(item: &Item) -> Result<Self, Refusal> {
        let part = |name: &str| {
            let text = item.get(name).and_then(Attribute::text);
            let text = text.filter(|text| !text.is_empty()).map(str::to_owned);
            text.ok_or_else(|| Refusal::invalid(format!("{name} is no text, or empty")))
        };
        Ok(Self {
            pk: part("pk")?,
            sk: part("sk")?,
        })
    }

    pub(crate) fn item(&self) -> Item {
        Item::from([
            ("pk".to_owned(), Attribute::S(self.pk.clone())),
            ("sk".to_owned(), Attribute::S(self.sk.clone())),
        ])
    }
}

#[derive(Default)]
pub(crate) struct Table {
    partitions: BTreeMap<String, BTreeMap<String, Item>>,
}

/// What one page of a query or scan looked at.
pub(crate) struct Page<'a> {
    pub(crate) items: Vec<&'a Item>,
    pub(crate) bytes: usize,
    /// Where the next page goes on.
    pub(crate) last: Option<Key>,
}

impl Table {
    pub(crate) fn get(&self, key: &Key) -> Option<&Item> {
        self.partitions.get(&key.pk)?.get(&key.sk)
    }

    pub(crate) fn put(&mut self, key: Key, item: Item) {
        let partition = self.partitions.entry(key.pk).or_default();
        partition.insert(key.sk, item);
    }

    pub(crate) fn remove(&mut self, key: &Key) {
        if let Some(partition) = self.partitions.get_mut(&key.pk) {
            partition.remove(&key.sk);
            if partition.is_empty() {
                self.partitions.remove(&key.pk);
            }
        }
    }

    /// Items of a partition by sort key, from behind `after` on.
    pub(crate) fn query(
        &self,
        pk: &str,
        after: Option<&Key>,
        forward: bool,
        limit: usize,
        wanted: impl FnMut(&Item) -> bool,
    ) -> Page<'_> {
        let Some(partition) = self.partitions.get(pk) else {
            return page(std::iter::empty(), limit, wanted);
        };
        let after = after.map(|key| key.sk.clone());
        if forward {
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            let items = partition.range((from, Bound::Unbounded));
            page(items.map(|(_, item)| item), limit, wanted)
        } else {
            let to = after.map_or(Bound::Unbounded, Bound::Excluded);
            let items = partition.range((Bound::Unbounded, to)).rev();
            page(items.map(|(_, item)| item), limit, wanted)
        }
    }

    /// All items of the partitions that `segment` lets in, from behind `after` on.
    pub(crate) fn scan(
        &self,
        after: Option<&Key>,
        limit: usize,
        segment: impl Fn(&str) -> bool,
    ) -> Page<'_> {
        let from = after.map_or(Bound::Unbounded, |key| Bound::Included(key.pk.clone()));
        let partitions = self.partitions.range((from, Bound::Unbounded));
        let items = partitions
            .filter(|(pk, _)| segment(pk))
            .flat_map(|(pk, items)| items.iter().map(move |(sk, item)| (pk, sk, item)))
            .skip_while(|(pk, sk, _)| after.is_some_and(|key| key.pk == **pk && **sk <= key.sk));
        page(items.map(|(_, _, item)| item), limit, |_| true)
    }

    /// Copies a partition under other names: `from` is replaced wherever it stands in a text.
    pub(crate) fn copy_partition(&mut self, pk: &str, from: &str, to: &str) -> usize {
        let Some(partition) = self.partitions.get(pk) else {
            return 0;
        };
        let renamed = |item: &Item| -> Item {
            let each = |(name, value): (&String, &Attribute)| {
                let value = match value {
                    Attribute::S(text) => Attribute::S(text.replace(from, to)),
                    other => other.clone(),
                };
                (name.clone(), value)
            };
            item.iter().map(each).collect()
        };
        let copies = partition.iter();
        let copies = copies.map(|(sk, item)| (sk.replace(from, to), renamed(item)));
        let copies: BTreeMap<String, Item> = copies.collect();
        let number = copies.len();
        self.partitions.insert(pk.replace(from, to), copies);
        number
    }

    pub(crate) fn remove_partition(&mut self, pk: &str) {
        self.partitions.remove(pk);
    }
}

fn page<'a>(
    items: impl Iterator<Item = &'a Item>,
    limit: usize,
    mut wanted: impl FnMut(&Item) -> bool,
) -> Page<'a> {
    let mut page = Page {
        items: Vec::new(),
        bytes: 0,
        last: None,
    };
    let mut items = items.filter(|item| wanted(item)).peekable();
    while let Some(item) = items.next() {
        page.bytes += size(item);
        page.items.push(item);
        let is_full = page.items.len() >= limit || page.bytes >= PAGE_BYTES;
        if is_full && items.peek().is_some() {
            page.last = Key::of(item).ok();
            break;
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::default();
        for (pk, sk) in [("a", "1"), ("a", "2"), ("a", "3"), ("b", "1"), ("c", "1")] {
            let key = Key {
                pk: pk.into(),
                sk: sk.into(),
            };
            table.put(key.clone(), key.item());
        }
        table
    }

    fn keys(page: &Page<'_>) -> Vec<String> {
        let key = |item: &&Item| Key::of(item).unwrap();
        let keys = page.items.iter().map(key);
        keys.map(|key| format!("{}{}", key.pk, key.sk)).collect()
    }

    #[test]
    fn pages_follow_each_other_and_the_last_one_says_so() {
        let table = table();
        let first = table.scan(None, 2, |_| true);
        assert_eq!(keys(&first), ["a1", "a2"]);
        let second = table.scan(first.last.as_ref(), 2, |_| true);
        assert_eq!(keys(&second), ["a3", "b1"]);
        let third = table.scan(second.last.as_ref(), 2, |_| true);
        assert_eq!((keys(&third), third.last), (vec!["c1".to_owned()], None));
        let newest = table.query("a", None, false, 2, |_| true);
        assert_eq!(keys(&newest), ["a3", "a2"]);
        let rest = table.query("a", newest.last.as_ref(), false, 2, |_| true);
        assert_eq!((keys(&rest), rest.last), (vec!["a1".to_owned()], None));
    }

    #[test]
    fn a_page_ends_behind_a_mebibyte() {
        let mut table = Table::default();
        for n in 0..5 {
            let key = Key {
                pk: "a".into(),
                sk: n.to_string(),
            };
            let mut item = key.item();
            item.insert("x".into(), Attribute::S("x".repeat(400_000)));
            table.put(key, item);
        }
        assert_eq!(
            keys(&table.query("a", None, true, usize::MAX, |_| true)).len(),
            3
        );
    }

    #[test]
    fn a_copy_has_the_new_name_wherever_the_old_one_was() {
        let mut table = table();
        assert_eq!(table.copy_partition("a", "a", "d"), 3);
        assert_eq!(
            keys(&table.query("d", None, true, 9, |_| true)),
            ["d1", "d2", "d3"]
        );
        assert_eq!(table.partitions.len(), 4);
    }
}

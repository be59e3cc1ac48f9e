//! Which elements of two sequences are the same: a longest common subsequence.

/// A step through two sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An element of the first is the one of the second, or becomes it.
    Both(usize, usize),
    /// An element of the first is gone.
    Before(usize),
    /// An element of the second is new.
    After(usize),
}

/// More pairs of elements than that aren't compared one by one.
const MAX_PAIRS: usize = 4_000_000;

/// How to get from the first sequence to the second. Elements between those that stay are paired
/// in order, as one that becomes another.
pub(super) fn align<T>(old: &[T], new: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<Step> {
    let mut steps = Vec::with_capacity(old.len().max(new.len()));
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in common(old, new, same).into_iter().chain([(old.len(), new.len())]) {
        while i < next_i || j < next_j {
            steps.push(match (i < next_i, j < next_j) {
                (true, true) => Step::Both(i, j),
                (true, false) => Step::Before(i),
                _ => Step::After(j),
            });
            i += usize::from(i < next_i);
            j += usize::from(j < next_j);
        }
        if i < old.len() && j < new.len() {
            steps.push(Step::Both(i, j));
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    steps
}

/// How to get from the first sequence to the second with nothing that becomes another.
pub(super) fn edits<T>(old: &[T], new: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<Step> {
    let mut steps = Vec::with_capacity(old.len().max(new.len()));
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in common(old, new, same).into_iter().chain([(old.len(), new.len())]) {
        steps.extend((i..next_i).map(Step::Before));
        steps.extend((j..next_j).map(Step::After));
        if next_i < old.len() && next_j < new.len() {
            steps.push(Step::Both(next_i, next_j));
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    steps
}

/// A longest common subsequence, as pairs of positions. Of several the one whose elements stand
/// last.
fn common<T>(old: &[T], new: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<(usize, usize)> {
    let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| same(a, b)).count();
    let (mut n, mut m) = (old.len() - suffix, new.len() - suffix);
    let mut prefix = 0;
    if n.saturating_mul(m) > MAX_PAIRS {
        prefix = old[..n].iter().zip(&new[..m]).take_while(|(a, b)| same(a, b)).count();
        (n, m) = (n - prefix, m - prefix);
    }
    let end = (0..suffix).rev().map(|k| (old.len() - 1 - k, new.len() - 1 - k));
    let mut middle = if n.saturating_mul(m) > MAX_PAIRS {
        Vec::new()
    } else {
        table(&old[prefix..prefix + n], &new[prefix..prefix + m], same)
    };
    for pair in &mut middle {
        *pair = (pair.0 + prefix, pair.1 + prefix);
    }
    (0..prefix).map(|k| (k, k)).chain(middle).chain(end).collect()
}

fn table<T>(old: &[T], new: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<(usize, usize)> {
    let (n, m) = (old.len(), new.len());
    let width = m + 1;
    let mut lengths = vec![0u32; (n + 1) * width];
    for i in 0..n {
        for j in 0..m {
            lengths[(i + 1) * width + j + 1] = if same(&old[i], &new[j]) {
                lengths[i * width + j] + 1
            } else {
                lengths[i * width + j + 1].max(lengths[(i + 1) * width + j])
            };
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (n, m);
    while i > 0 && j > 0 {
        if same(&old[i - 1], &new[j - 1]) {
            pairs.push((i - 1, j - 1));
            (i, j) = (i - 1, j - 1);
        } else if lengths[i * width + j - 1] > lengths[(i - 1) * width + j] {
            j -= 1;
        } else {
            i -= 1;
        }
    }
    pairs.reverse();
    pairs
}

//! Which elements of two sequences are the same: a longest common subsequence.

/// A step through two sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// An element of the first is an element of the second, or becomes it.
    Both(usize, usize),
    /// An element of the first is gone.
    Before(usize),
    /// An element of the second is new.
    After(usize),
}

/// More pairs of elements than that aren't compared one by one.
const MAX_PAIRS: usize = 4_000_000;

/// How to get from the first sequence to the second. If they are equally long and an element of the
/// first is not to be found in the second, elements are taken for replaced where they stand; else
/// only those of which `can_become` says so.
pub(super) fn align<T>(
    old: &[T],
    new: &[T],
    same: impl Fn(&T, &T) -> bool,
    can_become: impl Fn(&T, &T) -> bool,
) -> Vec<Step> {
    // Where comparing all pairs would take too long, position is all there is.
    let too_many = old.len().saturating_mul(new.len()) > MAX_PAIRS;
    let is_found = |(i, a): (usize, &T)| same(a, &new[i]) || new.iter().any(|b| same(a, b));
    if old.len() == new.len() && (too_many || !old.iter().enumerate().all(is_found)) {
        return (0..old.len()).map(|i| Step::Both(i, i)).collect();
    }
    let mut steps = Vec::with_capacity(old.len().max(new.len()));
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in common(old, new, same).into_iter().chain([(old.len(), new.len())]) {
        while i < next_i && j < next_j && can_become(&old[i], &new[j]) {
            steps.push(Step::Both(i, j));
            (i, j) = (i + 1, j + 1);
        }
        steps.extend((i..next_i).map(Step::Before));
        steps.extend((j..next_j).map(Step::After));
        if next_i < old.len() && next_j < new.len() {
            steps.push(Step::Both(next_i, next_j));
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    steps
}

/// A longest common subsequence, as pairs of positions: the first ones where its elements stand.
fn common<T>(old: &[T], new: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<(usize, usize)> {
    let subsequence = longest(old, new, &same);
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::with_capacity(subsequence.len());
    for wanted in subsequence {
        let wanted = &new[wanted];
        // Both are there, at the latest where they were found.
        i += old[i..].iter().take_while(|a| !same(a, wanted)).count();
        j += new[j..].iter().take_while(|b| !same(b, wanted)).count();
        pairs.push((i, j));
        (i, j) = (i + 1, j + 1);
    }
    pairs
}

/// Positions in the second sequence of the elements of a longest common subsequence.
fn longest<T>(old: &[T], new: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<usize> {
    let suffix = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| same(a, b)).count();
    let (mut n, mut m) = (old.len() - suffix, new.len() - suffix);
    let mut prefix = 0;
    if n.saturating_mul(m) > MAX_PAIRS {
        prefix = old[..n].iter().zip(&new[..m]).take_while(|(a, b)| same(a, b)).count();
        (n, m) = (n - prefix, m - prefix);
    }
    let end = new.len() - suffix..new.len();
    let mut middle = if n.saturating_mul(m) > MAX_PAIRS {
        Vec::new()
    } else {
        table(&old[prefix..prefix + n], &new[prefix..prefix + m], same)
    };
    middle.iter_mut().for_each(|j| *j += prefix);
    (0..prefix).chain(middle).chain(end).collect()
}

fn table<T>(old: &[T], new: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<usize> {
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
    let mut found = Vec::new();
    let (mut i, mut j) = (n, m);
    while i > 0 && j > 0 {
        if same(&old[i - 1], &new[j - 1]) {
            found.push(j - 1);
            (i, j) = (i - 1, j - 1);
        } else if lengths[i * width + j - 1] >= lengths[(i - 1) * width + j] {
            j -= 1;
        } else {
            i -= 1;
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps as text: ` x` stays, `-x` is gone, `+x` is new, `x>y` becomes another.
    fn shown(old: &str, new: &str, can_become: bool) -> String {
        let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
        let steps = align(&old, &new, |a, b| a == b, |_, _| can_become);
        let text = steps.into_iter().map(|step| match step {
            Step::Both(i, j) if old[i] == new[j] => format!("{}", old[i]),
            Step::Both(i, j) => format!("{}>{}", old[i], new[j]),
            Step::Before(i) => format!("-{}", old[i]),
            Step::After(j) => format!("+{}", new[j]),
        });
        text.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn alignment() {
        for (old, new, wanted) in [
            ("", "", ""),
            ("", "ab", "+a +b"),
            ("abc", "ac", "a -b c"),
            ("abc", "xabc", "+x a b c"),
            ("abc", "acd", "a b>c c>d"),
            ("abc", "cba", "-a -b c +b +a"),
            ("ab", "ba", "-a b +a"),
            ("aab", "ab", "a -a b"),
            ("dbabc", "ccxd", "-d -b -a -b c +c +x +d"),
            ("bcac", "feb", "+f +e b -c -a -c"),
        ] {
            assert_eq!(shown(old, new, false), wanted, "{old} {new}");
        }
        assert_eq!(shown("abcd", "axyd", true), "a b>x c>y d");
        assert_eq!(shown("abcde", "axe", true), "a b>x -c -d e");
    }

    #[test]
    fn long_sequences_take_no_time() {
        let old: Vec<u32> = (0..20_000).collect();
        let new: Vec<u32> = (0..20_000).map(|n| if n % 2 == 0 { n } else { n + 100_000 }).chain([7]).collect();
        assert!(align(&old, &new, |a, b| a == b, |_, _| false).len() >= 20_000);
    }
}

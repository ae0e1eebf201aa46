//! Layout instructions to text.
//!
//! Groups are put on one line if they fit together with what sticks to their end, else broken at
//! all their own lines (Wadler's "prettier printer", with the widths of all groups computed
//! beforehand as in Oppen's, so that the time is linear).

use std::ops::Range;

/// The widest line, in characters.
const WIDTH: usize = 100;

/// The deepest indentation. Deeper nesting is not indented further, or the output would grow
/// with the square of the depth.
const DEEPEST: usize = 60;

/// A layout instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Instruction {
    /// A stretch of the source.
    Text(Range<u32>),
    /// A comment that ends its line.
    LineComment(Range<u32>),
    /// A blank.
    Space,
    /// A blank, or a line break if the group is broken.
    Line,
    /// A blank, or a line break and a blank line if the group is broken.
    ItemBreak,
    /// Nothing, or a line break if the group is broken.
    SoftLine,
    /// A line break.
    Newline,
    /// A line break and a blank line.
    BlankLine,
    /// Begins a group; `true` breaks it.
    Open(bool),
    /// Ends a group.
    Close,
    /// Indents what follows.
    Indent,
    /// Ends [`Instruction::Indent`].
    Dedent,
}

use Instruction as I;

/// What separates the next text from the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Nothing,
    Space,
    Newline,
    BlankLine,
}

pub(super) fn print(source: &str, instructions: &[Instruction]) -> String {
    let groups = measure(source, instructions);
    let mut out = String::with_capacity(source.len());
    let mut column = 0;
    let mut depth = 0usize;
    let mut gap = Gap::Nothing;
    let mut broken = vec![true];
    for (at, instruction) in instructions.iter().enumerate() {
        let in_broken = broken.last().copied().unwrap_or(true);
        match instruction {
            I::Text(span) | I::LineComment(span) => {
                let comment = matches!(instruction, I::LineComment(_));
                if comment && !out.is_empty() {
                    gap = gap.max(Gap::Space);
                }
                let text = &source[span.start as usize..span.end as usize];
                let text = if comment { text.trim_end() } else { text };
                if out.is_empty() {
                    gap = Gap::Nothing;
                }
                match gap {
                    Gap::Nothing => {}
                    Gap::Space => {
                        out.push(' ');
                        column += 1;
                    }
                    Gap::Newline | Gap::BlankLine => {
                        out.push_str(if gap == Gap::BlankLine { "\n\n" } else { "\n" });
                        column = (2 * depth).min(DEEPEST);
                        out.extend(std::iter::repeat_n(' ', column));
                    }
                }
                out.push_str(text);
                column = match text.rfind('\n') {
                    Some(newline) => text[newline + 1..].chars().count(),
                    None => column + text.chars().count(),
                };
                gap = if comment { Gap::Newline } else { Gap::Nothing };
            }
            I::Space => gap = gap.max(Gap::Space),
            I::Line => gap = gap.max(if in_broken { Gap::Newline } else { Gap::Space }),
            I::ItemBreak => {
                gap = gap.max(if in_broken {
                    Gap::BlankLine
                } else {
                    Gap::Space
                })
            }
            I::SoftLine if in_broken => gap = gap.max(Gap::Newline),
            I::SoftLine => {}
            I::Newline => gap = gap.max(Gap::Newline),
            I::BlankLine => gap = Gap::BlankLine,
            I::Open(_) => {
                let start = match gap {
                    Gap::Nothing => column,
                    Gap::Space => column + 1,
                    _ => (2 * depth).min(DEEPEST),
                };
                let fits = groups[at].is_some_and(|width| start + width <= WIDTH);
                // What is in a flat group is flat.
                broken.push(in_broken_or_top(&broken) && !fits || groups[at].is_none());
            }
            I::Close => {
                broken.pop();
            }
            I::Indent => depth += 1,
            I::Dedent => depth = depth.saturating_sub(1),
        }
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn in_broken_or_top(broken: &[bool]) -> bool {
    broken.last().copied().unwrap_or(true)
}

/// By [`Instruction::Open`]: the width of the group on one line, with what follows it up to the
/// next place for a line break; `None` when it must be broken.
fn measure(source: &str, instructions: &[Instruction]) -> Vec<Option<usize>> {
    // The width of everything before an instruction, all on one line.
    let mut before = Vec::with_capacity(instructions.len() + 1);
    before.push(0usize);
    for instruction in instructions {
        let width = match instruction {
            I::Text(span) => {
                let text = &source[span.start as usize..span.end as usize];
                text.split('\n').next().unwrap_or("").chars().count()
            }
            I::Space | I::Line | I::ItemBreak => 1,
            _ => 0,
        };
        before.push(before[before.len() - 1] + width);
    }
    let several_lines =
        |span: &Range<u32>| source[span.start as usize..span.end as usize].contains('\n');
    let mut widths = vec![None; instructions.len()];
    // The ends of the groups we are in, walking backwards, and whether they must be broken.
    let mut open: Vec<(usize, bool)> = Vec::new();
    // The next place for a line break, and the next text that brings one of its own.
    let mut next_line = instructions.len();
    let mut next_text = instructions.len();
    let mut ends: Vec<(usize, usize)> = Vec::new();
    for (at, instruction) in instructions.iter().enumerate().rev() {
        match instruction {
            I::Close => {
                open.push((at, false));
                ends.push((next_line, next_text));
            }
            I::Open(force) => {
                let (Some((close, hard)), Some((line, text))) = (open.pop(), ends.pop()) else {
                    continue;
                };
                let broken = *force || hard;
                let end = match next_text < close {
                    true => next_text + 1,
                    false => line.min(text + 1).max(close),
                };
                if broken {
                    if let Some((_, outer)) = open.last_mut() {
                        *outer = true;
                    }
                } else {
                    widths[at] = Some(before[end.min(instructions.len())] - before[at]);
                }
            }
            I::Newline | I::BlankLine | I::LineComment(_) => {
                // A comment at the very end of a group does not break it.
                let ends = instructions[at + 1..].iter();
                let ended = ends
                    .take_while(|i| matches!(i, I::Close | I::Dedent | I::Newline))
                    .filter(|i| **i == I::Close)
                    .count();
                if let Some(around) = open.len().checked_sub(ended + 1) {
                    open[around].1 = true;
                }
                next_line = at;
            }
            I::Line | I::ItemBreak | I::SoftLine => next_line = at,
            I::Text(span) if several_lines(span) => next_text = at,
            _ => {}
        }
    }
    widths
}

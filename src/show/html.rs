//! Markdown as one page of HTML that needs nothing else: no script, no font, no other file.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const STYLE: &str = include_str!("html.css");

/// The page; headings of the second and third level are in its table of contents. HTML inside the
/// Markdown is shown, not obeyed.
pub fn page(title: &str, markdown: &str) -> String {
    let parser = Parser::new_ext(
        markdown,
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH,
    );
    let mut events: Vec<Event<'_>> = parser.map(harmless).collect();
    let headings = name_headings(&mut events);
    let mut body = String::new();
    html::push_html(&mut body, events.into_iter());
    let mut contents = String::new();
    for heading in headings {
        // Writing to a string cannot fail.
        _ = writeln!(
            contents,
            "<li class=\"{}\"><a href=\"#{}\">{}</a></li>",
            heading.level,
            heading.id,
            escaped(&heading.text)
        );
    }
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <nav aria-label=\"Contents\">\n<ul>\n{contents}</ul>\n</nav>\n\
         <main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// Raw HTML becomes text, and links lead nowhere but to pages.
fn harmless(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: safe_address(dest_url),
            title,
            id,
        }),
        // An image would be another file, perhaps far away.
        Event::Start(Tag::Image { .. }) => Event::Text("".into()),
        Event::End(TagEnd::Image) => Event::Text("".into()),
        event => event,
    }
}

fn safe_address(address: CowStr<'_>) -> CowStr<'_> {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        None => address,
        Some(scheme) if scheme.contains(['/', '#', '?']) => address,
        Some("http" | "https" | "mailto") => address,
        Some(_) => "#".into(),
    }
}

/// A line of the table of contents.
struct Heading {
    level: HeadingLevel,
    id: String,
    text: String,
}

/// Gives each heading a name to link to; all names differ.
fn name_headings(events: &mut [Event<'_>]) -> Vec<Heading> {
    let mut found: Vec<Heading> = Vec::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for start in 0..events.len() {
        let Event::Start(Tag::Heading { level, .. }) = &events[start] else {
            continue;
        };
        let level = *level;
        let text: String = events[start + 1..]
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
                _ => None,
            })
            .collect();
        let slug: String = text
            .to_lowercase()
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || c == '_' || c == '.' {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        let times = taken.entry(slug.clone()).or_default();
        *times += 1;
        let id = match times {
            1 => slug,
            n => format!("{slug}--{n}"),
        };
        if let Event::Start(Tag::Heading { id: place, .. }) = &mut events[start] {
            *place = Some(id.clone().into());
        }
        if matches!(level, HeadingLevel::H2 | HeadingLevel::H3) {
            found.push(Heading { level, id, text });
        }
    }
    found
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_in_comments_is_text() {
        let markdown = "# A\n\n<script>alert(1)</script>\n\nx <b onclick=\"y\">z</b> `<i>`\n\n\
            [a](javascript:alert) [b](https://x.org/) [c](#d) ![i](https://x.org/i.png)\n";
        let page = page("<title>", markdown);
        for forbidden in ["<script", "<b ", "javascript:", "<img", "<i>"] {
            assert!(!page.contains(forbidden), "{forbidden}\n{page}");
        }
        for expected in [
            "&lt;script&gt;",
            "&lt;title&gt;",
            "https://x.org/\"",
            "href=\"#d\"",
        ] {
            assert!(page.contains(expected), "{expected}\n{page}");
        }
    }

    #[test]
    fn headings_have_names_of_their_own() {
        let page = page("t", "## `a b`\n\n## `a b`\n\n### \"><x\n");
        assert!(page.contains("<h2 id=\"a-b\">") && page.contains("<h2 id=\"a-b--2\">"));
        assert!(page.contains("href=\"#a-b--2\""));
        assert!(!page.contains("<x"), "{page}");
    }
}

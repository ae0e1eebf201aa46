//! Rules for the relative paths that appear in a graph.

/// Brings a project-relative path into its one form: `/` between parts, no `.`, no empty part,
/// no trailing slash; the project root itself is the empty string.
///
/// # Errors
/// Says why the path is refused: absolute, leaving the project through `..`, or with a NUL byte.
pub fn normalise(path: &str) -> Result<String, &'static str> {
    if path.starts_with('/') {
        return Err("is absolute; write it relative to the project");
    }
    if path.contains('\0') {
        return Err("contains a NUL byte");
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err("leaves the project folder");
                }
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Whether `path` is `folder` or lies inside it. Both in normal form; the empty folder holds all.
pub fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an `inputs` entry is a pattern rather than a plain path.
pub fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[', '{'])
}

/// The folder a pattern searches: its leading parts without pattern characters.
pub fn glob_root(pattern: &str) -> &str {
    let end = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    pattern[..end]
        .rfind('/')
        .map_or("", |slash| &pattern[..slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_form() {
        assert_eq!(normalise("./a//b/../c/").as_deref(), Ok("a/c"));
        assert_eq!(normalise(".").as_deref(), Ok(""));
        assert!(normalise("/etc/passwd").is_err());
        assert!(normalise("a/../../b").is_err());
    }

    #[test]
    fn containment_is_by_parts() {
        assert!(is_within("src/a.c", "src"));
        assert!(!is_within("src2/a.c", "src"));
        assert!(is_within("x", ""));
    }

    #[test]
    fn roots_of_patterns() {
        assert_eq!(glob_root("src/**/*.c"), "src");
        assert_eq!(glob_root("*.c"), "");
        assert_eq!(glob_root("a/b*/c"), "a");
    }
}

//! Caches shared with other machines, over every kind: what one machine writes another reads, whose
//! results count, and what a cache that fails may cost. The servers are real ones, started here;
//! `scripts/servers.sh` installs them.

#[path = "../support/mod.rs"]
mod support;

mod ci;
mod credentials;
mod faults;
mod lies;
mod machine;
mod proxy;
mod servers;
mod sharing;
mod trust;
mod working;

use servers::Kind;

/// One test for each kind of cache that a case is about.
macro_rules! over_kinds {
    ($($module:ident::$case:ident as $name:ident: $($kind:ident)+;)+) => {
        $(mod $name {
            $(#[test]
            #[allow(non_snake_case, reason = "named after the kind")]
            fn $kind() {
                crate::$module::$case(crate::Kind::$kind);
            })+
        })+
    };
}

over_kinds! {
    sharing::what_one_writes_another_reads as another_reads: Folder Http Reapi BuildGrid S3;
    sharing::the_first_result_stays as first_stays: Folder Http Reapi BuildGrid S3;
    sharing::content_is_compressed as compressed: Http Reapi S3;
    trust::only_what_is_signed_for_a_class_counts as signed: Folder Http Reapi S3;
    faults::gone_before as gone_before: Folder Http Reapi S3;
    faults::killed_meanwhile as killed_meanwhile: Http Reapi S3;
    faults::hanging as hanging: Folder Http Reapi S3;
    faults::slow as slow: Http Reapi S3;
    faults::full as full: Folder Http Reapi S3;
    lies::wrong_bytes as wrong_bytes: Folder Http Reapi S3;
    lies::cut_short as cut_short: Folder Http Reapi S3;
    lies::another_entry as another_entry: Folder Http Reapi S3;
    lies::nonsense as nonsense: Folder Http Reapi S3;
    working::given_up_after_three_failures as given_up: Http Reapi S3;
    working::writing_happens_behind as behind: Http Reapi S3;
    ci::a_clean_clone_needs_no_compiler as no_compiler: Folder Http Reapi S3;
}

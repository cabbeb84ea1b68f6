#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hostile::bot_answer::check(data));

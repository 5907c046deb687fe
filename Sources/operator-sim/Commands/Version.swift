/// The program's version; see `ProgramVersion`.
enum Version {}

/// The looks of reports, in light and dark.
public enum ReportStyle {
  /// A style sheet that needs nothing from elsewhere.
  public static let css = """
    :root {
      color-scheme: light dark;
      --page: #ffffff; --card: #f6f7f9; --text: #16191d; --muted: #5c6670; --grid: #dfe3e8;
      --starting: #b9c6f2; --running: #4f6bd8; --stopping: #8fa3e8; --patch: #0f7b6c;
      --area: #cfd9fa; --good: #177245; --bad: #c02626; --warn: #b35c00; --outage: #f6dfae;
      --backend-outage: #f3cfcf; --edge: #00000040;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14171b; --card: #1d2127; --text: #e7eaee; --muted: #98a2ad; --grid: #333a42;
        --starting: #33406f; --running: #6f8af0; --stopping: #4a5fb0; --patch: #35c4ad;
        --area: #27335e; --good: #4cc38a; --bad: #ff6b6b; --warn: #ffb454; --outage: #4d3d17;
        --backend-outage: #4a2424; --edge: #ffffff50;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--page);
      color: var(--text); font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif;
    }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 0.25rem; }
    h2 { font-size: 1.1rem; margin: 2.25rem 0 0.25rem; }
    p { margin: 0.25rem 0 0.75rem; }
    .muted, .legend { color: var(--muted); font-size: 0.875rem; }
    .good { color: var(--good); } .bad { color: var(--bad); } .allowed { color: var(--warn); }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
      gap: 0.75rem; margin: 1.25rem 0; padding: 0; list-style: none; }
    .figures li { background: var(--card); border-radius: 0.5rem; padding: 0.75rem 0.65rem; }
    .figures strong { display: block; font-size: 1.15rem; font-variant-numeric: tabular-nums;
      white-space: nowrap; }
    .scroll { overflow-x: auto; background:
        linear-gradient(to right, var(--page) 30%, transparent) left / 2.5rem 100% no-repeat local,
        linear-gradient(to left, var(--page) 30%, transparent) right / 2.5rem 100% no-repeat local,
        linear-gradient(to right, var(--edge), transparent) left / 0.8rem 100% no-repeat scroll,
        linear-gradient(to left, var(--edge), transparent) right / 0.8rem 100% no-repeat scroll; }
    svg { display: block; width: 100%; min-width: 40rem; height: auto; }
    svg text { font-size: 11px; fill: var(--muted); } svg .name { fill: var(--text); }
    .grid { stroke: var(--grid); stroke-width: 1; }
    .starting { fill: var(--starting); } .running { fill: var(--running); }
    .stopping { fill: var(--stopping); } .outage { fill: var(--outage); }
    .backend-outage { fill: var(--backend-outage); }
    hr { border: 0; border-top: 1px solid var(--grid); margin: 3rem 0 2rem; }
    .patch { stroke: var(--patch); stroke-width: 1.5; }
    .refused { stroke: var(--warn); stroke-width: 2.5; }
    .crash { fill: var(--warn); stroke: var(--page); }
    .lost, .duplicated { fill: var(--bad); stroke: var(--page); }
    .duplicated { fill: none; stroke: var(--bad); stroke-width: 2; }
    .area { fill: var(--area); } .curve { fill: none; stroke: var(--running); stroke-width: 1.5; }
    .other { stroke: var(--patch); } .here { stroke: var(--muted); stroke-dasharray: 2 3; }
    .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; }
    .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0; list-style: none; }
    .legend i { display: inline-block; width: 1rem; height: 0.7rem; margin-right: 0.4rem;
      border-radius: 2px; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--grid); }
    th:first-child, td:first-child { text-align: left; }
    th { color: var(--muted); font-weight: 500; font-size: 0.875rem; }
    tr.total td { font-weight: 600; border-bottom: 0; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.25rem; margin: 0.5rem 0; }
    dt { color: var(--muted); } dd { margin: 0; }
    h1, h2, p, dd, li { overflow-wrap: anywhere; }
    @media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.4rem; } }

    """
}

/// A length of time in seconds.
func seconds(_ time: Duration) -> Double { time / .seconds(1) }

/// A straight line through measurements, with the smallest sum of squared relative errors: a small
/// payload counts as much as a large one.
struct LineFit: Hashable, Sendable {
  let intercept: Double
  let slope: Double

  /// A level line where all `x` are the same.
  /// - Precondition: no `y` of zero.
  init(_ points: [(x: Double, y: Double)]) {
    var (w, x, y, xx, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for point in points {
      let weight = 1 / (point.y * point.y)
      w += weight
      x += weight * point.x
      y += weight * point.y
      xx += weight * point.x * point.x
      xy += weight * point.x * point.y
    }
    let determinant = w * xx - x * x
    slope = Set(points.map(\.x)).count > 1 ? (w * xy - x * y) / determinant : 0
    intercept = (y - slope * x) / w
  }

  func callAsFunction(_ x: Double) -> Double { intercept + slope * x }
}

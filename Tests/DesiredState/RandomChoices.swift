import FilelogSystemCalls
import TestSupport

extension SeededRandom {
  mutating func flip() -> Bool { Bool.random(using: &self) }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int.random(in: elements.indices, using: &self)]
  }
}

import TestSupport
import Testing

extension Trait where Self == ConditionTrait {
  /// A row that only the emulator can play: it needs faults, rights or a clock that a real server does
  /// not give, or is part of what its charter leaves out.
  static func emulatorOnly(_ reason: Comment) -> Self {
    .disabled(if: RealServerBackend.shared != nil, "not applicable: \(reason)")
  }
}

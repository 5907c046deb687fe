internal import CYAML
public import JSON

/// YAML in and out, through libyaml.
public enum YAML {
}

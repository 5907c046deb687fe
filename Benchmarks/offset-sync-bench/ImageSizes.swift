import Glibc
import TestSupport

/// How large the image is that `Image/build` left in a directory.
struct ImageSizes {
  let directory: String

  func run() throws(Sidecar.Failure) -> [Measurement] {
    guard bytes(in: "root/app") > 0 else {
      throw Sidecar.Failure(description: "\(directory) holds no image: make image")
    }
    return [
      (Quantity.imagePacked, "oci/blobs/sha256"), (.imageUnpacked, "root"), (.program, "root/app"),
    ]
    .map { Measurement(subject: .image, quantity: $0, value: Double(bytes(in: $1)) / 1e6) }
  }

  private func bytes(in place: String) -> Int {
    let path = directory + "/" + place
    return HostFiles.list(path).reduce(0) { sum, name in
      var status = stat()
      return lstat(path + "/" + name, &status) == 0 ? sum + Int(status.st_size) : sum
    }
  }
}

import ArgumentParser
import Configuration
import Subprocess

public enum Placeholder {}
